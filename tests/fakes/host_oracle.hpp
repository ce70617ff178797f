#pragma once

#include "protocol/vsc/host.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace vscard::fakes {

/// Keeps account of what a VscHost owes to its client and to its guest, for each reader: a request
/// has one answer, a command has one, the client gets no second command before the first is done or
/// cancelled, readers and cards come before they go, and there are not too many, a client that does
/// not keep to the extension gets none of it, and nothing is sent after the end.
class HostOracle {
 public:
  using VscHost = protocol::vsc::VscHost;
  using ReaderId = protocol::vsc::ReaderId;

  explicit HostOracle(std::size_t max_readers = 1) : max_readers_(max_readers) {}

  /// The rule that was broken first, or "".
  const std::string& wrong() const { return wrong_; }
  bool ended() const { return ended_; }
  bool has_reader() const { return there() > 0; }

  // What comes next, before what the host does about it.
  void received(const protocol::vsc::Message& message) {
    using namespace protocol::vsc;
    const auto* atr = std::get_if<CardAtr>(&message.body);
    Reader& reader = readers_[extended_ ? message.reader : ReaderId{0}];
    if (std::holds_alternative<Apdu>(message.body) || std::holds_alternative<Error>(message.body) ||
        std::holds_alternative<CardRemove>(message.body) ||
        std::holds_alternative<ReaderRemove>(message.body) ||
        (atr != nullptr && atr->atr != reader.atr)) {
      const bool answer =
          std::holds_alternative<Apdu>(message.body) || std::holds_alternative<Error>(message.body);
      reader.at_client = answer && reader.at_client > 0 ? reader.at_client - 1 : 0;
      reader.cancelled = answer && reader.cancelled > 0 ? reader.cancelled - 1 : 0;
    }
    if (atr != nullptr) reader.atr = atr->atr.clone();
    const bool extra = of_extension(message.body);
    const bool request = !std::holds_alternative<Init>(message.body) &&
                         !std::holds_alternative<Apdu>(message.body) &&
                         !std::holds_alternative<Error>(message.body) &&
                         !std::holds_alternative<FlushComplete>(message.body);
    const bool talking = greeted_ && (!extended_ || introduced_) && !ended_;
    replies_ = request && talking && !(extended_ && extra) ? 1 : 0;
    const auto* init = std::get_if<Init>(&message.body);
    if (init != nullptr && !greeted_) extended_ = (init->capabilities & kExtension) != 0;
    const auto* hello = std::get_if<ExtHello>(&message.body);
    if (extended_ && hello != nullptr) {
      introduced_ = true;
      has_power_ = (hello->features & kPowerFeature) != 0;
      cancels_ = (hello->features & kCancelFeature) != 0;
      takes_use_ = (hello->features & kReaderUseFeature) != 0;
    }
  }
  void transmitted(ReaderId reader) { ++readers_[reader].answers; }
  void aborted(ReaderId reader) { readers_[reader].answers = 0; }
  void lost() { ended_ = true; }

  /// After expire(), the host waits until `next`.
  void expired(std::optional<protocol::Time> next, protocol::Time now) {
    check(!next || *next > now, "a deadline that has passed is still there");
  }

  /// Looks at what the host does after what was noted last.
  void look_at(const VscHost::Actions& actions, const VscHost& host) {
    for (const auto& action : actions) std::visit([&](const auto& it) { look_at(it); }, action);
    check(replies_ == 0, "a request was not answered");
    for (const auto& [id, reader] : readers_) {
      check(reader.answers == (host.pending(id) ? 1 : 0),
            "a command has no answer, and is not pending");
    }
    replies_ = 0;
  }

 private:
  static constexpr int kMaxAtClient = 8;

  struct Reader {
    bool there = false;
    bool card = false;
    int at_client = 0;  ///< commands without an answer
    int cancelled = 0;  ///< … that were cancelled: the first ones
    int answers = 0;    ///< due to the guest
    protocol::SecretBytes atr;
    protocol::vsc::Use use = protocol::vsc::Use::Ready;  ///< … as the client knows it
  };

  std::size_t there() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(readers_, [](const auto& entry) { return entry.second.there; }));
  }
  void check(bool right, const char* rule) {
    if (!right && wrong_.empty()) wrong_ = rule;
  }
  void look_at(const VscHost::Send& it) {
    using namespace protocol::vsc;
    Reader& reader = readers_[it.message.reader];
    check(!ended_, "a message after the end");
    if (std::holds_alternative<Init>(it.message.body)) {
      check(!std::exchange(greeted_, true), "a second Init");
    } else if (std::holds_alternative<ExtHello>(it.message.body)) {
      check(greeted_ && extended_ && !std::exchange(said_hello_, true), "an ExtHello out of place");
    } else if (std::holds_alternative<Power>(it.message.body)) {
      check(has_power_, "a Power that the client does not understand");
    } else if (std::holds_alternative<Cancel>(it.message.body)) {
      check(cancels_ && reader.at_client > reader.cancelled, "a Cancel that means nothing");
      reader.cancelled = reader.at_client;
    } else if (const auto* told = std::get_if<ReaderUse>(&it.message.body)) {
      check(takes_use_ && reader.there, "a ReaderUse that the client does not understand");
      check(std::exchange(reader.use, told->use) != told->use, "a ReaderUse that says nothing new");
    } else if (std::holds_alternative<Ping>(it.message.body) ||
               std::holds_alternative<Pong>(it.message.body)) {
      check(introduced_, "a message of the extension out of place");
    } else if (std::holds_alternative<Error>(it.message.body)) {
      check(replies_-- > 0, "an answer to no request");
    } else {
      check(std::holds_alternative<Apdu>(it.message.body), "a message that no host sends");
      check(reader.at_client == reader.cancelled, "a second command before the first is done");
      check(++reader.at_client <= kMaxAtClient, "more commands than a client can queue");
    }
  }
  void look_at(const VscHost::Response& it) {
    check(readers_[it.reader].answers-- > 0, "an answer too many");
  }
  void look_at(const VscHost::NoAnswer& it) {
    check(readers_[it.reader].answers-- > 0, "an answer too many");
  }
  void look_at(const VscHost::ReaderAdded& it) {
    check(!std::exchange(readers_[it.reader].there, true), "a reader that is there already");
    check(there() <= max_readers_, "a reader too many");
  }
  void look_at(const VscHost::ReaderRemoved& it) {
    Reader& reader = readers_[it.reader];
    check(std::exchange(reader.there, false) && !reader.card,
          "a reader that is not there goes, or its card");
    reader.use = protocol::vsc::Use::Ready;
  }
  void look_at(const VscHost::CardInserted& it) {
    check(readers_[it.reader].there, "a card without a reader");
    readers_[it.reader].card = true;
  }
  void look_at(const VscHost::CardRemoved& it) {
    check(std::exchange(readers_[it.reader].card, false), "a card that is not there goes");
  }
  static void look_at(const VscHost::Silent& /*it*/) {}
  void look_at(const VscHost::Ended& /*it*/) {
    check(!std::exchange(ended_, true), "a second end");
  }

  std::size_t max_readers_;
  std::string wrong_;
  bool greeted_ = false;
  bool extended_ = false;    ///< the client's Init said so
  bool introduced_ = false;  ///< its ExtHello has come
  bool has_power_ = false;   ///< … and said so
  bool said_hello_ = false;
  bool ended_ = false;
  bool cancels_ = false;    ///< … likewise
  bool takes_use_ = false;  ///< … likewise
  int replies_ = 0;         ///< due to the client
  std::map<ReaderId, Reader> readers_;
};

}  // namespace vscard::fakes
