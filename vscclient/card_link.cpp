#include "vscclient/card_link.hpp"

#include "async/spawn.hpp"
#include "program/log.hpp"
#include "protocol/iso7816/apdu_log.hpp"

#include <utility>

namespace vscard::vscclient {
namespace {

using protocol::SecretBytes;
using protocol::vsc::VscClient;

/// A connection of its own for each link: its only reader.
constexpr protocol::vsc::ReaderId kReader{0};

}  // namespace

CardLink::CardLink(const asio::any_io_executor& executor, CardLinkOptions options,
                   cards::Reader& reader, program::Watchers& watchers)
    : executor_(executor),
      options_(std::move(options)),
      reader_(reader),
      watchers_(watchers),
      link_(executor, options_.vsc, *this, log::notices_of(options_.name),
            [this] { watchers_.publish([this] { return remote_event(); }); }) {}

Result<> CardLink::open() {
  auto opened = link_.open();
  if (!opened) return opened;
  link_.add_reader(kReader, options_.name);
  reader_.watch([this](const cards::CardEvent& event) { on_card(event); });
  return {};
}

Result<> CardLink::remove() {
  if (pulled_) return std::unexpected("the card '" + name() + "' is already removed");
  pulled_ = true;
  link_.remove_card(kReader);
  reset_card();
  log::info("{}: card removed", name());
  watchers_.publish([this] { return card_event(); });
  return {};
}

Result<> CardLink::insert() {
  if (!pulled_) return std::unexpected("the card '" + name() + "' is already inserted");
  pulled_ = false;
  show_card();
  log::info("{}: card inserted", name());
  watchers_.publish([this] { return card_event(); });
  return {};
}

const char* CardLink::name_of(CardState state) {
  switch (state) {
    case CardState::Inserted:
      return "inserted";
    case CardState::Removed:
      return "removed";
    case CardState::Absent:
      return "absent";
  }
  return "";
}

CardLink::Status CardLink::status() const {
  Status status{.card = name(),
                .reader = reader_.info().name,
                .state = CardState::Absent,
                .link = link_.address(),
                .remote = link_.remote()};
  if (atr_) status.state = pulled_ ? CardState::Removed : CardState::Inserted;
  return status;
}

program::Json CardLink::card_event() const {
  const CardState state = status().state;
  return program::card_event(about(), name_of(state),
                             state == CardState::Inserted ? atr_ : std::nullopt);
}

program::Json CardLink::remote_event() const {
  return program::remote_event(about(), "host", link_.address(), link_.remote());
}

void CardLink::perform(VscClient::Action action) {
  if (auto* transmission = std::get_if<VscClient::Transmit>(&action)) {
    held_ = std::move(transmission->command);
    transmit_held();
  } else if (std::holds_alternative<VscClient::ReaderAccepted>(action)) {
    log::info("{}: in use at {}", name(), link_.remote().value_or("the host"));
  } else if (std::holds_alternative<VscClient::CardRefused>(action)) {
    log::warning("{}: the host does not accept the card (its ATR)", name());
  } else if (const auto* cut = std::get_if<VscClient::ResponseTooLong>(&action)) {
    log::warning("{}: a response of {} bytes is more than the host accepts ({}); it was not sent",
                 name(), cut->size, options_.vsc.peer.max_response);
  } else if (std::holds_alternative<VscClient::CardMute>(action)) {
    log::warning("{}: the card does not answer; shown as removed until it does", name());
  }
}

void CardLink::on_card(const cards::CardEvent& event) {
  if (const auto* inserted = std::get_if<cards::CardInserted>(&event)) {
    atr_ = inserted->atr;
    log::debug("{}: card in the reader", name());
    show_card();
  } else if (const auto* reset = std::get_if<cards::CardReset>(&event)) {
    show_reset(reset->atr);
  } else {
    atr_.reset();
    log::debug("{}: no card in the reader", name());
    link_.remove_card(kReader);
  }
  drop_held();
  watchers_.publish([this] { return card_event(); });
}

void CardLink::show_card() {
  if (atr_ && !pulled_) link_.insert_card(kReader, *atr_);
}

void CardLink::show_reset(const protocol::iso7816::Atr& atr) {
  atr_ = atr;
  if (!pulled_) link_.reset_card(kReader, atr);
}

/// A command waits for the reset that the host before has left behind.
void CardLink::transmit_held() {
  if (!held_ || resetting_) return;
  async::spawn(executor_, transmit(std::move(*held_)));
  held_.reset();
}

Awaitable<void> CardLink::transmit(SecretBytes command) {
  log::trace("{}: command {}", name(), protocol::iso7816::describe_command(command.view()));
  watchers_.publish_apdu([&] { return program::command_event(about(), command.view()); });
  if (command.size() > reader_.info().max_command) {
    const auto wrong_length =
        protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
    link_.respond(kReader, SecretBytes::copy_of(wrong_length));
    co_return;
  }
  ++at_work_;
  auto response = co_await reader_.transmit(std::move(command));
  --at_work_;
  if (!response) {
    log::debug("{}: the card did not answer", name());
    watchers_.publish_apdu([&] { return program::response_event(about(), std::nullopt); });
    link_.no_answer(kReader);
    co_return;
  }
  log::trace("{}: response {}", name(), protocol::iso7816::describe_response(response->view()));
  watchers_.publish_apdu([&] { return program::response_event(about(), response->view()); });
  link_.respond(kReader, std::move(*response));
}

/// It was meant for the card as it was, and by a host that may have gone.
void CardLink::drop_held() {
  if (std::exchange(held_, std::nullopt)) link_.no_answer(kReader);
}

/// No command passes a reset, so one that is under way is enough.
void CardLink::reset_card() {
  drop_held();
  if (!std::exchange(resetting_, true)) async::spawn(executor_, reset());
}

Awaitable<void> CardLink::reset() {
  ++at_work_;
  const auto atr = co_await reader_.reset();
  --at_work_;
  resetting_ = false;
  // After a warm reset by another program, the ATR of this one, a cold one, may differ.
  if (atr && atr_ && *atr != *atr_) {
    show_reset(*atr);
    watchers_.publish([this] { return card_event(); });
  }
  transmit_held();
}

}  // namespace vscard::vscclient
