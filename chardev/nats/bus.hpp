#pragma once

#include "chardev/nats/message.hpp"
#include "chardev/nats/server_connection.hpp"
#include "chardev/nats/shared_try.hpp"

#include <map>
#include <memory>
#include <string>

namespace vscard::chardev::nats {

/// Who is at a subject, or at several. None of these may add or remove another receiver.
class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;

  virtual void arrived(const Arrival& arrival) = 0;
  /// Nothing comes any more, and what is sent is dropped.
  virtual void server_gone() = 0;
  /// About once a second.
  virtual void tick() {}
  /// Nobody is at a subject to which a message was sent, and which one is not known.
  virtual void somebody_is_missing() {}
  /// The bus is congested() no more.
  virtual void drained() {}
};

/// The one connection of a process to the same servers, with the same identity: messages come to
/// receivers by their subjects. It is made when it is needed, and ends with the last one who holds
/// the bus. Used on its executor.
class Bus : public std::enable_shared_from_this<Bus> {
 public:
  /// That of the executor's context.
  static std::shared_ptr<Bus> of(const asio::any_io_executor& executor, const Servers& servers);

  Bus(asio::any_io_executor executor, Servers servers);
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  ~Bus();

  /// If there is no connection, one try. The error is part of a line for the user.
  Awaitable<Result<>> connect();
  const asio::any_io_executor& executor() const { return executor_; }
  bool connected() const { return line_ != nullptr; }

  /// A new subject of this process, which nobody can guess. What is sent to it comes to the bus.
  std::string new_inbox() const;
  /// A new subject to be subscribed. The server names it when nobody is where a message was sent
  /// from it.
  std::string new_question() const;
  /// What comes to exactly this subject also comes to this receiver, until remove().
  void add(const std::string& subject, Receiver& receiver) {
    receivers_.emplace(subject, &receiver);
  }
  void remove(const std::string& subject, const Receiver& receiver);
  /// One of those who are there; null: nobody.
  Receiver* find(std::string_view subject) const;

  // While connected(); without a connection they do nothing.

  /// Until the connection ends, or unsubscribe().
  void subscribe(const std::string& subject);
  void unsubscribe(const std::string& subject);
  void send(const std::string& subject, const std::string& reply, const Message& message);
  /// The largest Data that a server takes.
  std::size_t max_data() const;
  /// What the server has said against a subject that begins so; empty: nothing.
  std::string refusal_of(std::string_view subject) const;

  /// Does the server take so little that nobody should write?
  bool congested() const;

 private:
  struct Line;

  Awaitable<Result<>> open_line();
  static Awaitable<void> read(std::weak_ptr<Bus> weak, std::shared_ptr<Line> line);
  static Awaitable<void> write(std::weak_ptr<Bus> weak, std::shared_ptr<Line> line);
  static Awaitable<void> tick(std::weak_ptr<Bus> weak, std::shared_ptr<Line> line);
  void process_read(Line& line);
  void process_write();
  void dispatch(const Arrival& arrival);
  void tell_all(void (Receiver::*what)()) const;
  void lose_line();

  asio::any_io_executor executor_;
  Servers servers_;
  std::string inbox_;  ///< "_INBOX.PROCESS"
  std::multimap<std::string, Receiver*, std::less<>> receivers_;
  SharedTry connecting_;
  bool somebody_is_missing_ = false;
  std::shared_ptr<Line> line_;  ///< shared with its coroutines; null: there is no connection
};

/// 128 bits that nobody can guess, as 32 hexadecimal digits.
std::string random_token();

}  // namespace vscard::chardev::nats
