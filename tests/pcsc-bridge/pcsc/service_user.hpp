#pragma once

#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"
#include "tests/fakes/hex.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {

using Lines = std::vector<std::string>;

inline constexpr ReaderId kReader{1};
inline constexpr ReaderId kForeign{2};

/// A service with one reader, and programs that are told apart by a number.
class ServiceUser {
 public:
  ServiceUser() : manager_([this] { return ++last_number_; }) { add_reader(); }

  /// A program with a context; `minor` is its version.
  void program(std::uint64_t number, std::uint32_t minor = 6) {
    manager_.connect(ConnectionId{number});
    ask(number, Command::Version, Version{4, minor, {}});
    ask(number, Command::Establish, Establish{2, {}, {}});
    contexts_[number] = ContextId{last_number_};
  }
  /// … and a handle.
  HandleId connected(std::uint64_t number) {
    program(number);
    return connect(number);
  }
  HandleId connect(std::uint64_t number) {
    connect_to(number, "r 00 00");
    return HandleId{last_number_};
  }
  Lines connect_to(std::uint64_t number, const std::string& reader) {
    Connect call{contexts_[number], {}, Share::Exclusive, kT0 | kT1, {}, 0, {}};
    if (reader == "r 00 00") call.share = Share::Shared;
    std::ranges::copy(reader, call.reader.bytes.begin());
    return ask(number, Command::Connect, call);
  }
  /// What is done then, a line for each: "1: 8 bytes, rv 0".
  Lines ask(std::uint64_t number, Command command, const Call& call, std::size_t data = 0) {
    return look(manager_.receive(ConnectionId{number}, request(command, call, data), now_));
  }
  /// All that is sent then.
  std::vector<std::uint8_t> answer_to(std::uint64_t number, Command command, const Call& call) {
    sent_.clear();
    ask(number, command, call);
    return sent_;
  }
  Lines flood(std::uint64_t number, std::size_t requests) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < requests; ++i) {
      const auto one = request(Command::ReaderStates, ReaderStates{}, 0);
      bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return look(manager_.receive(ConnectionId{number}, bytes, now_));
  }
  Lines transmit(std::uint64_t number, HandleId card) {
    return ask(number, Command::Transmit, pcsc::Transmit{card, kT1, 16, 4, 3, 16, 258, {}}, 4);
  }
  Lines begin(std::uint64_t number, HandleId card) {
    return ask(number, Command::Begin, Begin{card, {}});
  }
  Lines end(std::uint64_t number, HandleId card) {
    return ask(number, Command::End, End{card, Disposition::Leave, {}});
  }
  Lines hang_up(std::uint64_t number) {
    return look(manager_.disconnect(ConnectionId{number}, now_));
  }
  Lines insert() {
    const std::array<std::uint8_t, 4> atr{0x3b, 0x80, 0x01, 0x81};
    return look(manager_.insert(kReader, Atr::parse(atr).value(), 270, now_));
  }
  Lines remove() { return look(manager_.remove(kReader, now_)); }
  Lines add_reader() { return look(manager_.add_reader(kReader, "r 00 00", "serial", now_)); }
  Lines remove_reader() { return look(manager_.remove_reader(kReader, now_)); }
  Lines respond() {
    return look(manager_.respond(kReader, SecretBytes::copy_of(fakes::from_hex("9000")), now_));
  }
  Lines fail() {
    return look(manager_.respond(kReader, std::unexpected(protocol::Errc::CardFailed), now_));
  }
  Lines send(std::uint64_t number, Bytes bytes) {
    return look(manager_.receive(ConnectionId{number}, bytes, now_));
  }
  Lines wait(protocol::Duration time) {
    now_ += time;
    return look(manager_.expire(now_));
  }
  /// The reader "f" of another service, in which a card is or none.
  Lines show_foreign(bool card = true) {
    const std::array<std::uint8_t, 2> atr{0x3b, 0x00};
    ForeignReader reader{.name = "f"};
    if (card) reader.card = Atr::parse(atr).value();
    return look(manager_.show_foreign(kForeign, std::move(reader), now_));
  }
  Lines remove_foreign() { return look(manager_.remove_reader(kForeign, now_)); }
  /// The other service answers the last Ask.
  Lines answer(Code rv = Code::Success, std::size_t data = 0) {
    auto ask = std::move(*std::exchange(asked_, std::nullopt));
    std::visit(
        [&](auto& call) {
          if constexpr (requires { call.card; }) call.rv = rv;
        },
        ask.request.call);
    if (auto* connect = std::get_if<Connect>(&ask.request.call)) {
      foreign_card_ = connect->card;
      connect->active = kT0;
    }
    ask.request.data = SecretBytes::zeros(data);
    return look(manager_.answer(ask.from, std::move(ask.request), now_));
  }
  /// … with a handle for a program that asked for one.
  HandleId connected_abroad(std::uint64_t number) {
    program(number);
    connect_to(number, "f");
    answer();
    return foreign_card_;
  }
  /// That goes to the other service and is not answered yet.
  const std::optional<ResourceManager::Ask>& asked() const { return asked_; }
  ContextId context(std::uint64_t number) { return contexts_[number]; }
  bool settled() const { return manager_.settled(); }

 private:
  static std::vector<std::uint8_t> request(Command command, const Call& call, std::size_t data) {
    const auto body = encode(call);
    const std::array<std::uint32_t, 2> words{static_cast<std::uint32_t>(body.size()),
                                             static_cast<std::uint32_t>(command)};
    const auto head = std::bit_cast<std::array<std::uint8_t, kHeaderSize>>(words);
    std::vector<std::uint8_t> bytes(head.begin(), head.end());
    bytes.insert(bytes.end(), body.view().begin(), body.view().end());
    bytes.resize(bytes.size() + data);
    return bytes;
  }
  static std::string text_of(const ResourceManager::Send& send) {
    const Bytes bytes = send.bytes.view();
    std::string text = std::to_string(static_cast<std::uint64_t>(send.to)) + ": " +
                       std::to_string(bytes.size()) + " bytes";
    if (bytes.size() == 8) text += " " + fakes::to_hex(bytes);
    return text;
  }
  Lines look(ResourceManager::Actions actions) {
    Lines lines;
    for (auto& action : actions) {
      if (const auto* send = std::get_if<ResourceManager::Send>(&action)) {
        lines.push_back(text_of(*send));
        sent_.insert(sent_.end(), send->bytes.view().begin(), send->bytes.view().end());
      } else if (const auto* close = std::get_if<ResourceManager::Close>(&action)) {
        lines.push_back("close " + std::to_string(static_cast<std::uint64_t>(close->connection)));
      } else if (std::holds_alternative<ResourceManager::Transmit>(action)) {
        lines.emplace_back("transmit");
      } else if (std::holds_alternative<ResourceManager::Abort>(action)) {
        lines.emplace_back("abort");
      } else if (auto* ask = std::get_if<ResourceManager::Ask>(&action)) {
        lines.push_back("ask for " + std::to_string(static_cast<std::uint64_t>(ask->from)));
        asked_ = std::move(*ask);
      } else if (const auto* forget = std::get_if<ResourceManager::Forget>(&action)) {
        lines.push_back("forget " + std::to_string(static_cast<std::uint64_t>(forget->connection)));
      } else {
        lines.emplace_back("power");
      }
    }
    return lines;
  }

  std::uint32_t last_number_ = 0x100;
  ResourceManager manager_;
  Time now_{};
  std::map<std::uint64_t, ContextId> contexts_;
  std::optional<ResourceManager::Ask> asked_;
  std::vector<std::uint8_t> sent_;  ///< to whatever program
  HandleId foreign_card_{};
};

/// The answer to Begin.
inline std::string begun(std::uint64_t number, HandleId card, std::uint32_t rv = 0) {
  const auto bytes = encode(Begin{card, Code{rv}});
  return std::to_string(number) + ": 8 bytes " + fakes::to_hex(bytes.view());
}
inline std::string event(std::uint64_t number, std::uint32_t count, Code rv = Code::Success) {
  return std::to_string(number) + ": 8 bytes " + fakes::to_hex(encode(Event{count, rv}).view());
}

}  // namespace vscard::pcsc_bridge::pcsc
