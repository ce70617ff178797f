#include "cards/link/card_link.hpp"

#include "async/spawn.hpp"
#include "program/log.hpp"

#include <fmt/core.h>

#include <utility>

namespace vscard::cards::link {
namespace {

using protocol::SecretBytes;
using protocol::vsc::VscClient;

/// A connection of its own for each link: its only reader.
constexpr protocol::vsc::ReaderId kReader{0};

}  // namespace

CardLink::CardLink(asio::any_io_executor executor, CardLinkOptions options, cards::Reader& reader,
                   program::Watchers& watchers, const MakeHosts& make_hosts)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      reader_(reader),
      watchers_(watchers),
      trail_("card", options_.name, watchers, [this] { return host().value_or(""); }),
      link_(make_hosts(
          *this, [this](const Notice& notice) { note(notice); },
          [this] { watchers_.publish([this] { return remote_event(); }); })) {}

Result<> CardLink::open() {
  auto opened = link_->open();
  if (!opened) return opened;
  link_->add_reader(kReader, options_.name, ahead());
  reader_.watch([this](const cards::CardEvent& event) { on_card(event); });
  return {};
}

protocol::vsc::AheadPolicy CardLink::ahead() const {
  using protocol::vsc::AheadPolicy;
  const cards::ReaderInfo info = reader_.info();
  if (!options_.reads_ahead || info.verbatim) return AheadPolicy::Nothing;
  return info.shared ? AheadPolicy::Rest : AheadPolicy::Reads;
}

Awaitable<Result<>> CardLink::remove() {
  const auto turn = co_await moving_.lock();
  if (pulled_) co_return std::unexpected("the card '" + name() + "' is already removed");
  pulled_ = true;
  refused_ = false;
  link_->remove_card(kReader);
  reset_card(PowerAction::Down);
  log::info("{}: card removed", name());
  watchers_.publish([this] { return card_event(); });
  co_return co_await shown("removed");
}

Awaitable<Result<>> CardLink::insert() {
  const auto turn = co_await moving_.lock();
  if (mute_) co_return std::unexpected("the card '" + name() + "' does not answer");
  if (!pulled_ && !atr_)
    co_return std::unexpected("there is no card in the reader of '" + name() + "'");
  if (!pulled_) co_return std::unexpected("the card '" + name() + "' is already inserted");
  auto renewing = reader_.renew();
  co_await std::move(renewing);
  pulled_ = false;
  show_card();
  log::info("{}: card inserted", name());
  watchers_.publish([this] { return card_event(); });
  co_return co_await shown("inserted");
}

Awaitable<Result<>> CardLink::shown(std::string change) {
  const auto limit = protocol::Clock::now() + options_.patience;
  while (!link_->settled(kReader)) {
    if (protocol::Clock::now() >= limit) {
      co_return std::unexpected(fmt::format(
          "the card '{}' is {}, but {} has not confirmed it within {:g} s; is it stopped?", name(),
          change, link_->remote().value_or("the host"),
          std::chrono::duration<double>(options_.patience).count()));
    }
    co_await answered_.wait_until(limit);
  }
  if (!refused_) co_return Result<>();
  co_return std::unexpected(link_->remote().value_or("the host") + " does not accept the card '" +
                            name() + "' (its ATR)");
}

void CardLink::note(const Notice& notice) {
  log::notices_of(name())(notice);
  trouble_ = notice.severity == Notice::Severity::Warning ? notice.text : "";
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
                .link = link_->address(),
                .remote = host(),
                .lacks = lacks(),
                .lacks_at = link_->remote().value_or(link_->address()),
                .round_trip = link_->round_trip(),
                .apdus = apdus_,
                .failures = failures_,
                .lending = link_->lending()};
  if (atr_ && pulled_) {
    status.state = CardState::Removed;
  } else if (atr_ && !mute_) {
    status.state = CardState::Inserted;
  }
  return status;
}

program::StatusReport CardLink::report() const {
  const Status now = status();
  program::StatusReport report{.subject = "card " + name() + ": " + name_of(now.state),
                               .facts = {{"reader", now.reader},
                                         {"host", shown_host()},
                                         {"last command", trail_.last().value_or("none")}},
                               .missing = {}};
  if (now.state == CardState::Removed) {
    report.missing.push_back("the card was pulled out: vscclient ctl insert puts it back");
  }
  if (mute_) {
    report.missing.emplace_back("an answer of the card: until then it is shown as removed");
  } else if (now.state == CardState::Absent) {
    report.missing.emplace_back("a card: insert one");
  }
  if (!accepted_ || withdrawn_) report.missing.push_back(missing_host());
  if (refused_) report.missing.emplace_back("a host that accepts this card (its ATR)");
  return report;
}

const char* CardLink::lacks() const {
  if (!link_->remote()) return "host";
  if (withdrawn_) return "reader";
  return no_room_ ? "room" : "";
}

std::string CardLink::shown_host() const {
  const auto remote = link_->remote();
  if (!remote) return "none at " + link_->address();
  return host() ? *remote : *remote + ", without a reader for it";
}

std::string CardLink::missing_host() const {
  if (withdrawn_ == protocol::vsc::Use::Removed)
    return "a reader at the host: it was removed there, and comes back when one of its name is "
           "added";
  if (withdrawn_) return "a reader at the host: it cannot make one, as its log says";
  if (no_room_ && link_->remote())
    return "room at the host for a further card: give this one a --vsc of its own, to another "
           "reader";
  if (link_->remote()) {
    return "the host's answer: is " + *link_->remote() + " a VSC host, and does it run?";
  }
  if (link_->listens())
    return "a host: none has connected; start the virtual machine or pcscd with a reader there";
  return "a host: " + (trouble_.empty() ? "not connected yet" : trouble_) +
         "; start the virtual machine, or what else has the reader";
}

program::Json CardLink::card_event() const {
  const CardState state = status().state;
  return program::card_event(about(), name_of(state),
                             state == CardState::Inserted ? atr_ : std::nullopt);
}

program::Json CardLink::remote_event() const {
  return program::remote_event(about(), "host", link_->address(), host());
}

void CardLink::perform(VscClient::Action action) {
  if (auto* transmission = std::get_if<VscClient::Transmit>(&action)) {
    held_ = std::move(transmission->command);
    transmit_held();
  } else if (const auto* reset = std::get_if<VscClient::Reset>(&action)) {
    log::debug("{}: the host resets the card", name());
    reset_card(reset->power);
  } else if (std::holds_alternative<VscClient::StopCommand>(action)) {
    log::debug("{}: the host does not wait for its command any more", name());
    drop_held();
    reader_.stop_command();
  } else if (std::holds_alternative<VscClient::LookAtCard>(action)) {
    if (reader_.alive()) link_->works(kReader);
  } else if (std::holds_alternative<VscClient::ReaderAccepted>(action)) {
    accepted_ = true;
    no_room_ = false;
    withdrawn_.reset();
    watchers_.publish([this] { return remote_event(); });
    log::info("{}: in use at {}", name(), link_->remote().value_or("the host"));
  } else if (const auto* crowded = std::get_if<VscClient::ReaderRefused>(&action)) {
    note_refusal(crowded->room);
  } else if (const auto* withdrawn = std::get_if<VscClient::ReaderWithdrawn>(&action)) {
    note_withdrawal(withdrawn->why);
  } else if (std::holds_alternative<VscClient::CardRefused>(action)) {
    refused_ = true;
    log::warning("{}: the host does not accept the card (its ATR)", name());
  } else if (const auto* cut = std::get_if<VscClient::ResponseTooLong>(&action)) {
    log::warning("{}: a response of {} bytes is more than the host accepts ({}); it was not sent",
                 name(), cut->size, cut->limit);
  } else if (std::holds_alternative<VscClient::CardMute>(action)) {
    log::warning("{}: the card does not answer; shown as removed until it does", name());
    set_mute(true);
  }
}

void CardLink::note_refusal(std::uint32_t room) {
  if (!std::exchange(no_room_, true)) {
    log::warning(
        "{}: not in use: {} takes {} on one connection; give this card a --vsc of its own, to "
        "another reader",
        name(), link_->remote().value_or("the host"),
        room == 1 ? "one card" : std::to_string(room) + " cards");
  }
  watchers_.publish([this] { return remote_event(); });
}

/// As when a host has gone. It is worth a warning once, as the host may say so again and again.
void CardLink::note_withdrawal(protocol::vsc::Use why) {
  withdrawn_ = why;
  if (!std::exchange(withdrawal_told_, true)) {
    log::warning("{}: not in use: {} {}", name(), link_->remote().value_or("the host"),
                 why == protocol::vsc::Use::Removed ? "has removed its reader"
                                                    : "has no place for its reader");
  }
  watchers_.publish([this] { return remote_event(); });
  reset_card(PowerAction::Down);
}

std::optional<std::string> CardLink::host() const {
  return no_room_ || withdrawn_ ? std::nullopt : link_->remote();
}

void CardLink::set_mute(bool mute) {
  if (std::exchange(mute_, mute) == mute) return;
  watchers_.publish([this] { return card_event(); });
}

void CardLink::host_has_gone() {
  accepted_ = refused_ = withdrawal_told_ = false;
  withdrawn_.reset();
  answered_.notify();
  reset_card(PowerAction::Down);
}

void CardLink::on_card(const cards::CardEvent& event) {
  if (const auto* inserted = std::get_if<cards::CardInserted>(&event)) {
    atr_ = inserted->atr;
    refused_ = false;
    tell_card("in the reader");
    show_card();
  } else if (const auto* reset = std::get_if<cards::CardReset>(&event)) {
    show_reset(reset->atr);
  } else {
    atr_.reset();
    tell_card("taken out of the reader");
    link_->remove_card(kReader);
  }
  drop_held();
  watchers_.publish([this] { return card_event(); });
}

/// What was in at the start is not reported.
void CardLink::tell_card(const char* where) {
  if (std::exchange(card_known_, true)) log::info("{}: card {}", name(), where);
}

void CardLink::show_card() {
  if (atr_ && !pulled_) link_->insert_card(kReader, *atr_);
}

void CardLink::show_reset(const protocol::iso7816::Atr& atr) {
  atr_ = atr;
  if (!pulled_) link_->reset_card(kReader, atr);
}

/// A command waits for the reset that the host before has left behind.
void CardLink::transmit_held() {
  if (!held_ || resetting_) return;
  async::spawn(executor_, transmit(std::move(*held_)));
  held_.reset();
}

Awaitable<void> CardLink::transmit(SecretBytes command) {
  ++apdus_;
  trail_.command(command.view());
  if (command.size() > reader_.info().max_command) {
    const auto wrong_length =
        protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
    link_->respond(kReader, SecretBytes::copy_of(wrong_length));
    co_return;
  }
  ++at_work_;
  auto response = co_await reader_.transmit(std::move(command));
  --at_work_;
  set_mute(false);
  if (!response) {
    log::debug("{}: the card did not answer", name());
    ++failures_;
    trail_.no_answer();
    link_->no_answer(kReader);
    co_return;
  }
  trail_.response(response->view());
  link_->respond(kReader, std::move(*response));
}

/// It was meant for the card as it was, and by a host that may have gone.
void CardLink::drop_held() {
  if (std::exchange(held_, std::nullopt)) link_->no_answer(kReader);
}

/// No command passes a reset, so one that is under way is enough.
void CardLink::reset_card(PowerAction action) {
  drop_held();
  if (!std::exchange(resetting_, true)) async::spawn(executor_, reset(action));
}

Awaitable<void> CardLink::reset(PowerAction action) {
  ++at_work_;
  const auto atr = co_await reader_.reset(action);
  --at_work_;
  resetting_ = false;
  // After a warm reset by another program, the ATR of this one, a cold one, may differ.
  if (atr && atr_ && *atr != *atr_) {
    show_reset(*atr);
    watchers_.publish([this] { return card_event(); });
  }
  transmit_held();
}

}  // namespace vscard::cards::link
