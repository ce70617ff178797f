#include "capture/apdu_capture.hpp"

#include "capture/apdu_packet.hpp"

namespace vscard::capture {
namespace {

std::string_view comment_on(const program::TappedApdu& apdu) {
  if (apdu.what == program::TappedApdu::What::NoAnswer) return "no answer";
  return apdu.message.blank_size > 0 ? kBlanked : std::string_view();
}

}  // namespace

void ApduCapture::see(const program::TappedApdu& apdu) {
  const bool command = apdu.what == program::TappedApdu::What::Command;
  capture_.add(interface_of(apdu.name),
               {.when = now(),
                .head = apdu_head(command ? Direction::ToCard : Direction::FromCard),
                .body = apdu.message.bytes,
                .comment = comment_on(apdu)});
}

InterfaceId ApduCapture::interface_of(std::string_view name) {
  if (const auto found = interfaces_.find(name); found != interfaces_.end()) return found->second;
  if (interfaces_.size() >= kMaxNames) {
    for (const auto& [old, id] : interfaces_) capture_.remove(id);
    interfaces_.clear();
  }
  const auto id = capture_.add({.link = LinkType::UpperPdu, .name = std::string(name)});
  interfaces_.emplace(name, id);
  return id;
}

}  // namespace vscard::capture
