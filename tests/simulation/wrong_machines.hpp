#pragma once

#include "tests/simulation/machines.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace vscard::tests::simulation {

/// After an abort it takes the late answer for that of the next command.
class HostThatTakesLateAnswers final : public HostMachine {
 public:
  using HostMachine::HostMachine;

  Actions transmit(ReaderId reader, protocol::SecretBytes command, Time now) override {
    Actions actions = machine.transmit(reader, std::move(command), now);
    waits_ = actions.empty();
    return actions;
  }
  Actions receive(protocol::vsc::Message message, Time now) override {
    const auto* apdu = std::get_if<protocol::vsc::Apdu>(&message.body);
    if (apdu == nullptr || !machine.pending(message.reader) || !std::exchange(waits_, false)) {
      return machine.receive(std::move(message), now);
    }
    const ReaderId reader = message.reader;
    auto response = apdu->bytes.clone();
    machine.abort(reader, now);
    Actions actions = machine.receive(std::move(message), now);
    actions.emplace_back(protocol::vsc::VscHost::Response{reader, std::move(response)});
    return actions;
  }

 private:
  bool waits_ = false;  ///< a command, for the late answer to the one before
};

/// What ends with the connection is the reader, and not the card.
class HostThatForgetsTheCard final : public HostMachine {
 public:
  using HostMachine::HostMachine;

  Actions lost() override {
    Actions actions = machine.lost();
    std::erase_if(actions, [](const protocol::vsc::VscHost::Action& action) {
      return std::holds_alternative<protocol::vsc::VscHost::CardRemoved>(action);
    });
    return actions;
  }
};

/// A command that the card has not answered is given to it once more.
class ClientThatTriesAgain final : public ClientMachine {
 public:
  using ClientMachine::ClientMachine;

  Actions receive(protocol::vsc::Message message, Time now) override {
    Actions actions = machine.receive(std::move(message), now);
    for (const auto& action : actions) {
      const auto* transmission = std::get_if<protocol::vsc::VscClient::Transmit>(&action);
      if (transmission != nullptr) command_ = transmission->command.clone();
    }
    return actions;
  }
  Actions no_answer(ReaderId reader, Time now) override {
    if (!command_) return machine.no_answer(reader, now);
    Actions actions;
    actions.emplace_back(
        protocol::vsc::VscClient::Transmit{reader, std::exchange(command_, std::nullopt).value()});
    return actions;
  }

 private:
  std::optional<protocol::SecretBytes> command_;
};

}  // namespace vscard::tests::simulation
