#pragma once

#include "tests/simulation/machines.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace vscard::tests::simulation {

/// After an abort it takes the late answer for that of the next command.
class HostThatTakesLateAnswers final : public CheckedHost {
 public:
  using CheckedHost::CheckedHost;

 private:
  Actions do_transmit(protocol::SecretBytes command, Time now) override {
    Actions actions = machine.transmit(chosen(), std::move(command), now);
    if (actions.empty()) waits_ = chosen();
    return actions;
  }
  Actions do_receive(Message message, Time now) override {
    const ReaderId reader = message.reader;
    const auto* apdu = std::get_if<protocol::vsc::Apdu>(&message.body);
    if (apdu == nullptr || waits_ != reader || !machine.pending(reader)) {
      return machine.receive(std::move(message), now);
    }
    waits_.reset();
    auto response = apdu->bytes.clone();
    machine.abort(reader, now);
    Actions actions = machine.receive(std::move(message), now);
    actions.emplace_back(protocol::vsc::VscHost::Response{reader, std::move(response)});
    return actions;
  }

  std::optional<ReaderId> waits_;  ///< with a command, for the late answer to the one before
};

/// With more than one reader it gives the first card the commands of all.
class HostThatKnowsOneCard final : public CheckedHost {
 public:
  using CheckedHost::CheckedHost;

 private:
  Actions do_transmit(protocol::SecretBytes command, Time now) override {
    Actions actions = machine.transmit(chosen(), std::move(command), now);
    for (auto& action : actions) {
      auto* send = std::get_if<protocol::vsc::VscHost::Send>(&action);
      if (send != nullptr) send->message.reader = ReaderId{0};
    }
    return actions;
  }
};

/// Tells nothing of a connection's end.
class HostThatForgetsReaders final : public CheckedHost {
 public:
  using CheckedHost::CheckedHost;

 private:
  Actions do_lost() override {
    Actions actions = machine.lost();
    std::erase_if(actions, [](const protocol::vsc::VscHost::Action& action) {
      return std::holds_alternative<protocol::vsc::VscHost::CardRemoved>(action) ||
             std::holds_alternative<protocol::vsc::VscHost::ReaderRemoved>(action);
    });
    return actions;
  }
};

/// What ends with the connection is the reader, and not the card.
class HostThatForgetsTheCard final : public CheckedHost {
 public:
  using CheckedHost::CheckedHost;

 private:
  Actions do_lost() override {
    Actions actions = machine.lost();
    std::erase_if(actions, [](const protocol::vsc::VscHost::Action& action) {
      return std::holds_alternative<protocol::vsc::VscHost::CardRemoved>(action);
    });
    return actions;
  }
};

/// Takes a short answer for none.
class HostThatIgnoresAnswers final : public CheckedHost {
 public:
  using CheckedHost::CheckedHost;

 private:
  Actions do_receive(Message message, Time now) override {
    Actions actions = machine.receive(std::move(message), now);
    for (auto& action : actions) {
      const auto* response = std::get_if<protocol::vsc::VscHost::Response>(&action);
      if (response == nullptr || response->bytes.size() >= 10) continue;
      action = protocol::vsc::VscHost::NoAnswer{response->reader, protocol::Errc::CardFailed};
    }
    return actions;
  }
};

/// Takes the card for gone once it has answered.
class HostThatHidesTheCard final : public CheckedHost {
 public:
  using CheckedHost::CheckedHost;

 private:
  Actions do_receive(Message message, Time now) override {
    Actions actions = machine.receive(std::move(message), now);
    if (actions.size() != 1) return actions;
    const auto* response = std::get_if<protocol::vsc::VscHost::Response>(&actions.front());
    if (response == nullptr) return actions;
    const ReaderId reader = response->reader;
    actions.emplace_back(protocol::vsc::VscHost::CardRemoved{reader});
    return actions;
  }
};

/// A command that the card has not answered is given to it once more.
class ClientThatTriesAgain final : public CheckedClient {
 public:
  using CheckedClient::CheckedClient;

 private:
  Actions do_receive(Message message, Time now) override {
    Actions actions = machine.receive(std::move(message), now);
    for (const auto& action : actions) {
      const auto* transmission = std::get_if<protocol::vsc::VscClient::Transmit>(&action);
      if (transmission != nullptr) command_ = transmission->command.clone();
    }
    return actions;
  }
  Actions do_no_answer(ReaderId reader, Time now) override {
    if (!command_) return machine.no_answer(reader, now);
    Actions actions;
    actions.emplace_back(
        protocol::vsc::VscClient::Transmit{reader, std::exchange(command_, std::nullopt).value()});
    return actions;
  }

  std::optional<protocol::SecretBytes> command_;
};

/// Says each thing that it says after an answer of the card's twice.
class ClientThatAnswersTwice final : public CheckedClient {
 public:
  using CheckedClient::CheckedClient;

 private:
  Actions do_respond(ReaderId reader, protocol::SecretBytes response, Time now) override {
    Actions actions = machine.respond(reader, std::move(response), now);
    if (actions.size() != 1) return actions;
    if (const auto* answer = std::get_if<protocol::vsc::VscClient::Send>(&actions.front())) {
      const auto* apdu = std::get_if<protocol::vsc::Apdu>(&answer->message.body);
      if (apdu == nullptr) return actions;
      actions.emplace_back(protocol::vsc::VscClient::Send{
          {answer->message.reader, protocol::vsc::Apdu{apdu->bytes.clone()}}});
    }
    return actions;
  }
};

}  // namespace vscard::tests::simulation
