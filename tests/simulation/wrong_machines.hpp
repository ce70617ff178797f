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
    Actions actions = machine.transmit(kReader, std::move(command), now);
    waits_ = actions.empty();
    return actions;
  }
  Actions do_receive(Message message, Time now) override {
    const auto* apdu = std::get_if<protocol::vsc::Apdu>(&message.body);
    if (apdu == nullptr || !pending() || !std::exchange(waits_, false)) {
      return machine.receive(std::move(message), now);
    }
    auto response = apdu->bytes.clone();
    machine.abort(kReader, now);
    Actions actions = machine.receive(std::move(message), now);
    actions.emplace_back(protocol::vsc::VscHost::Response{kReader, std::move(response)});
    return actions;
  }

  bool waits_ = false;  ///< a command, for the late answer to the one before
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
      action = protocol::vsc::VscHost::NoAnswer{kReader, protocol::Errc::CardFailed};
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
    if (actions.size() == 1 &&
        std::holds_alternative<protocol::vsc::VscHost::Response>(actions.front())) {
      actions.emplace_back(protocol::vsc::VscHost::CardRemoved{kReader});
    }
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
