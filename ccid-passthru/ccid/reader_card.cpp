// The reader's other side: what its card does, what time does, and how the guest hears of it.

#include "ccid-passthru/ccid/reader.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <utility>

namespace vscard::ccid_passthru::ccid {
namespace {

/// bError of a time extension: the guest waits this many times its usual time.
constexpr std::uint8_t kExtensionMultiplier = 1;

// RDR_to_PC_NotifySlotChange, CCID 1.1 §6.3.1.
constexpr std::uint8_t kNotifySlotChange = 0x50;
constexpr std::uint8_t kCardPresent = 0x01;
constexpr std::uint8_t kChanged = 0x02;

}  // namespace

Reader::Actions Reader::insert_card(const protocol::iso7816::Atr& atr, protocol::Time now) {
  Actions out;
  if (card_ && card_->atr == atr) {
    drop_pending(Error::IccMute, out);
    clear_chains();
    // A guest that finds a powered card inactive takes it for a new one: so it must look now.
    if (std::exchange(card_->active, false)) change_slot(out);
    return out;
  }
  if (card_) hide_card(now, out);
  if (now < shown_from()) {
    arriving_ = atr;
  } else {
    show_card(atr, out);
  }
  return out;
}

Reader::Actions Reader::remove_card(protocol::Time now) {
  Actions out;
  arriving_.reset();
  if (card_) hide_card(now, out);
  return out;
}

void Reader::show_card(const protocol::iso7816::Atr& atr, Actions& out) {
  card_ = Card{.atr = atr, .parameters = Parameters(atr)};
  arriving_.reset();
  told_ = false;
  change_slot(out);
}

void Reader::hide_card(protocol::Time now, Actions& out) {
  card_.reset();
  drop_pending(Error::IccMute, out);
  clear_chains();
  empty_until_ = now + kEmptyTime;
  change_slot(out);
}

Reader::Actions Reader::respond(protocol::SecretBytes response) {
  if (response.size() < protocol::iso7816::kStatusWord) return fail(protocol::Errc::CardFailed);
  Actions out;
  if (const auto pending = std::exchange(pending_, std::nullopt)) {
    response_chain_.start(std::move(response));
    answer(response_part(unanswered(CommandType::XfrBlock, pending->seq)), out);
    if (response_chain_.done()) response_chain_.clear();
  }
  return out;
}

Reader::Actions Reader::fail(protocol::Errc reason) {
  Actions out;
  if (const auto pending = std::exchange(pending_, std::nullopt)) {
    Reply reply = failure(unanswered(CommandType::XfrBlock, pending->seq), Error::IccMute);
    if (reason != protocol::Errc::CardFailed) reply.icc = IccStatus::Absent;
    answer(reply, out);
  }
  return out;
}

std::optional<protocol::Time> Reader::deadline() const {
  if (pending_) return pending_->next_extension;
  if (arriving_) return shown_from();
  return std::nullopt;
}

Reader::Actions Reader::expire(protocol::Time now) {
  Actions out;
  if (pending_ && now >= pending_->next_extension) {
    pending_->next_extension = now + kExtensionInterval;
    Reply extension = success(unanswered(CommandType::XfrBlock, pending_->seq));
    extension.status = CommandStatus::TimeExtension;
    extension.error = kExtensionMultiplier;
    out.emplace_back(TimeExtension{extension.encode()});
  }
  if (arriving_ && now >= shown_from()) show_card(*arriving_, out);
  return out;
}

/// When the card that arrives is shown.
protocol::Time Reader::shown_from() const {
  return told_ ? empty_until_ + kUnseenTime : empty_until_;
}

void Reader::change_slot(Actions& out) {
  notification_due_ = true;
  out.emplace_back(SlotChanged{});
}

Reader::Actions Reader::announce_slot() {
  Actions out;
  change_slot(out);
  return out;
}

std::optional<Notification> Reader::take_notification() {
  if (!std::exchange(notification_due_, false)) return std::nullopt;
  const unsigned slot = card_ ? kChanged | kCardPresent : kChanged;
  return Notification{kNotifySlotChange, static_cast<std::uint8_t>(slot)};
}

}  // namespace vscard::ccid_passthru::ccid
