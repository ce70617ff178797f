#pragma once

#include "protocol/vsc/client.hpp"

#include <set>
#include <string>
#include <utility>
#include <variant>

namespace vscard::fakes {

/// Keeps account of what a VscClient owes to its host and to its cards: a command and a flush have
/// one answer each, a request waits for the answer to the one before, a card gets one command at a
/// time, and nothing is sent after the end.
class ClientOracle {
 public:
  using VscClient = protocol::vsc::VscClient;
  using ReaderId = protocol::vsc::ReaderId;

  /// The rule that was broken first, or "".
  const std::string& wrong() const { return wrong_; }
  bool connected() const { return connected_; }
  bool ended() const { return ended_; }
  bool greeted() const { return greeted_; }
  bool requesting() const { return request_; }
  /// Commands and flushes of the host's that have no answer.
  int owed() const { return answers_ + flushes_; }
  bool at_work(ReaderId reader) const { return at_work_.contains(reader); }

  // What comes next, before what the client does about it.
  void started() {
    lost();
    connected_ = true;
  }
  void received(const protocol::vsc::Message& message) {
    using namespace protocol::vsc;
    if (!connected_ || ended_) return;
    if (std::holds_alternative<Init>(message.body)) greeted_ = true;
    if (std::holds_alternative<Error>(message.body)) request_ = false;
    if (std::holds_alternative<Apdu>(message.body)) ++answers_;
    if (std::holds_alternative<Flush>(message.body)) ++flushes_;
  }
  void returned(ReaderId reader) { at_work_.erase(reader); }
  void lost() {
    connected_ = ended_ = greeted_ = request_ = false;
    answers_ = flushes_ = 0;
  }

  /// Looks at what the client does after what was noted last.
  void look_at(const VscClient::Actions& actions) {
    for (const auto& action : actions) std::visit([&](const auto& it) { look_at(it); }, action);
  }

 private:
  void check(bool right, const char* rule) {
    if (!right && wrong_.empty()) wrong_ = rule;
  }
  void look_at(const VscClient::Send& it) {
    using namespace protocol::vsc;
    check(connected_ && !ended_, "a message without a connection, or after the end");
    if (std::holds_alternative<Init>(it.message.body)) return;
    if (std::holds_alternative<FlushComplete>(it.message.body)) {
      check(flushes_-- > 0, "an answer to no flush");
    } else if (std::holds_alternative<Apdu>(it.message.body) ||
               std::holds_alternative<Error>(it.message.body)) {
      check(answers_-- > 0, "an answer to no command");
    } else {
      check(greeted_ && !std::exchange(request_, true), "a request before the last one's answer");
    }
  }
  void look_at(const VscClient::Transmit& it) {
    check(at_work_.insert(it.reader).second, "a second command for the card");
  }
  void look_at(const VscClient::Ended& /*it*/) {
    check(!std::exchange(ended_, true), "a second end");
  }
  static void look_at(const VscClient::ReaderAccepted& /*it*/) {}
  static void look_at(const VscClient::CardRefused& /*it*/) {}
  static void look_at(const VscClient::ResponseTooLong& /*it*/) {}
  static void look_at(const VscClient::CardMute& /*it*/) {}

  std::string wrong_;
  bool connected_ = false;
  bool ended_ = false;
  bool greeted_ = false;
  bool request_ = false;  ///< the host has one
  int answers_ = 0;       ///< due to the host
  int flushes_ = 0;       ///< likewise
  std::set<ReaderId> at_work_;
};

/// A VscClient with its clock, each of whose steps an oracle looks at.
class CheckedClient {
 public:
  using VscClient = protocol::vsc::VscClient;
  using Actions = VscClient::Actions;
  using ReaderId = protocol::vsc::ReaderId;

  explicit CheckedClient(protocol::vsc::PeerLimits host = {}) : client_(host) {}

  const ClientOracle& oracle() const { return oracle_; }

  Actions start() {
    oracle_.started();
    return check(client_.start(now_));
  }
  Actions receive(protocol::vsc::Message message) {
    oracle_.received(message);
    return check(client_.receive(std::move(message), now_));
  }
  void lost() {
    oracle_.lost();
    client_.lost();
  }
  Actions leave() { return check(client_.leave(now_)); }

  Actions add_reader(ReaderId reader, std::string name) {
    return check(client_.add_reader(reader, std::move(name), now_));
  }
  Actions insert_card(ReaderId reader, const protocol::iso7816::Atr& atr) {
    return check(client_.insert_card(reader, atr, now_));
  }
  Actions reset_card(ReaderId reader, const protocol::iso7816::Atr& atr) {
    return check(client_.reset_card(reader, atr, now_));
  }
  Actions remove_card(ReaderId reader) { return check(client_.remove_card(reader, now_)); }
  Actions respond(ReaderId reader, protocol::SecretBytes response) {
    oracle_.returned(reader);
    return check(client_.respond(reader, std::move(response), now_));
  }
  Actions no_answer(ReaderId reader) {
    oracle_.returned(reader);
    return check(client_.no_answer(reader, now_));
  }

  Actions wait(protocol::Duration duration) {
    now_ += duration;
    return check(client_.expire(now_));
  }

 private:
  Actions check(Actions actions) {
    oracle_.look_at(actions);
    return actions;
  }

  VscClient client_;
  ClientOracle oracle_;
  protocol::Time now_{};
};

}  // namespace vscard::fakes
