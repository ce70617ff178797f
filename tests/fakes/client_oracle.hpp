#pragma once

#include "protocol/vsc/client.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace vscard::fakes {

/// Keeps account of what a VscClient owes to its host and to its cards: a command and a flush have
/// one answer each, a request waits for the answer to the one before, a card gets one command at a
/// time, a host that does not keep to the extension gets none of it, and nothing is sent after the
/// end.
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
    const auto* init = std::get_if<Init>(&message.body);
    if (init != nullptr && !greeted_ && !extended_) {
      extended_ = (init->capabilities & kExtension) != 0;
      greeted_ = !extended_;
    }
    if (extended_ && std::holds_alternative<ExtHello>(message.body)) greeted_ = true;
    if (std::holds_alternative<Error>(message.body)) request_ = false;
    if (std::holds_alternative<Apdu>(message.body)) ++answers_;
    if (std::holds_alternative<Flush>(message.body)) ++flushes_;
  }
  void returned(ReaderId reader) { at_work_.erase(reader); }
  void lost() {
    connected_ = ended_ = greeted_ = extended_ = said_hello_ = request_ = false;
    answers_ = flushes_ = 0;
    in_use_.clear();
  }

  /// After expire(), the client waits until `next`.
  void expired(std::optional<protocol::Time> next, protocol::Time now) {
    check(!next || *next > now, "a deadline that has passed is still there");
  }

  /// Looks at what the client does after what was noted last.
  void look_at(const VscClient::Actions& actions) {
    for (const auto& action : actions)
      std::visit([&](const auto& it) { this->look_at(it); }, action);
  }

 private:
  void check(bool right, const char* rule) {
    if (!right && wrong_.empty()) wrong_ = rule;
  }
  void look_at(const VscClient::Send& it) {
    using namespace protocol::vsc;
    check(connected_ && !ended_, "a message without a connection, or after the end");
    if (std::holds_alternative<Init>(it.message.body)) return;
    if (std::holds_alternative<ExtHello>(it.message.body)) {
      check(extended_ && !std::exchange(said_hello_, true), "an ExtHello out of place");
    } else if (std::holds_alternative<Ping>(it.message.body) ||
               std::holds_alternative<Pong>(it.message.body) ||
               std::holds_alternative<Ahead>(it.message.body) ||
               std::holds_alternative<Working>(it.message.body)) {
      check(extended_ && said_hello_, "a message of the extension out of place");
    } else if (std::holds_alternative<FlushComplete>(it.message.body)) {
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
  static void look_at(const VscClient::Silent& /*it*/) {}
  void look_at(const VscClient::Ended& /*it*/) {
    check(!std::exchange(ended_, true), "a second end");
  }
  void look_at(const VscClient::Reset& /*it*/) {
    check(greeted_ && extended_ && !ended_, "a reset that no host can ask for");
  }
  void look_at(const VscClient::StopCommand& it) {
    check(at_work_.contains(it.reader) && extended_, "a stop of what is not there");
  }
  void look_at(const VscClient::LookAtCard& it) {
    check(at_work_.contains(it.reader), "a look at a card that does not work");
  }
  void look_at(const VscClient::ReaderAccepted& it) {
    check(in_use_.insert(it.reader).second, "a reader that is in use already");
  }
  void look_at(const VscClient::ReaderWithdrawn& it) {
    in_use_.erase(it.reader);  // maybe again, for another reason
    check(greeted_ && extended_ && !ended_, "a reader is withdrawn that no host has");
  }
  static void look_at(const VscClient::ReaderRefused& /*it*/) {}
  static void look_at(const VscClient::CardRefused& /*it*/) {}
  static void look_at(const VscClient::ResponseTooLong& /*it*/) {}
  static void look_at(const VscClient::CardMute& /*it*/) {}

  std::string wrong_;
  bool connected_ = false;
  bool ended_ = false;
  bool greeted_ = false;   ///< all that the host has to say first has come
  bool extended_ = false;  ///< its Init said so
  bool said_hello_ = false;
  bool request_ = false;  ///< the host has one
  int answers_ = 0;       ///< due to the host
  int flushes_ = 0;       ///< likewise
  std::set<ReaderId> at_work_;
  std::set<ReaderId> in_use_;  ///< by the host
};

}  // namespace vscard::fakes
