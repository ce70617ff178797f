#include "chardev/tls/pairing/desk.hpp"

#include "chardev/endpoint.hpp"
#include "chardev/tls/pairing/code.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace vscard::chardev::tls::pairing {
namespace {

/// "tls://HOST:PORT" as the other machine may reach it.
std::string reachable(const std::string& address) {
  const auto parsed = parse_address(address);
  const auto target = parsed ? parse_host_port(parsed->location) : std::unexpected(parsed.error());
  if (!target) return address;
  boost::system::error_code is_name;
  const auto host = boost::asio::ip::make_address(target->host, is_name);
  if (is_name || !host.is_unspecified()) return address;
  return "tls://" + host_name() + ":" + target->port;
}

}  // namespace

Desk::Desk(Folder folder, std::string address, Now now)
    : folder_(std::move(folder)), address_(std::move(address)), now_(std::move(now)) {}

void Desk::start(Notify notify) {
  notify_ = std::move(notify);
  show_if_alone();
}

std::string Desk::open_code() {
  tell(Notice::Severity::Info, "a code for pairing is open for 5 minutes");
  return make_code();
}

Result<std::vector<PairedPeer>> Desk::peers() const {
  auto pinned = folder_.peers();
  if (!pinned) return std::unexpected(pinned.error());
  std::vector<PairedPeer> peers;
  for (Pinned& one : *pinned) peers.push_back(std::move(one.peer));
  return peers;
}

Result<> Desk::unpair(const std::string& name) {
  // Another listener may have removed it from the folder that they share.
  auto removed = folder_.remove(name);
  std::vector<std::function<void()>> ends;
  for (const Guest& guest : guests_) {
    if (guest.name == name) ends.push_back(guest.end);
  }
  std::ranges::for_each(ends, [](const auto& end) { end(); });
  if (removed) tell(Notice::Severity::Info, name + " is no longer paired");
  return removed;
}

Desk::Offer Desk::offer() const {
  Offer offer{.psks = {}, .code = last_code_};
  offer.psks.push_back(
      {.name = kPskName, .key = is_open() ? code_->text.clone() : pairing::new_code()});
  return offer;
}

bool Desk::take_code(CodeId code) {
  if (!is_open() || code != last_code_) return false;
  code_.reset();
  return true;
}

bool Desk::note_refused() {
  const bool open = is_open();
  if (!open) show_if_alone();
  return open;
}

void Desk::tell(Notice::Severity severity, const std::string& text) const {
  if (notify_) notify_({.severity = severity, .text = text});
}

std::shared_ptr<void> Desk::enter(const std::string& name, std::function<void()> end) {
  const auto guest = guests_.insert(guests_.end(), {.name = name, .end = std::move(end)});
  return {nullptr, [desk = shared_from_this(), guest](void*) { desk->guests_.erase(guest); }};
}

/// Shown once for each code: to the one who reads the log, or sits at the terminal.
void Desk::show_if_alone() {
  const auto known = folder_.peers();
  if (!known || !known->empty() || !notify_) return;
  const std::string text = make_code();
  notify_({.severity = Notice::Severity::Info, .text = text, .code = in_groups(code_->text)});
}

std::string Desk::make_code() {
  code_.emplace(Code{.text = new_code(), .ends = now_() + kCodeLife});
  last_code_ = CodeId(static_cast<std::uint32_t>(last_code_) + 1);
  return "to pair, run on the other machine: vscclient pair " + reachable(address_) +
         " and type the code " + in_groups(code_->text) + "; it is good once, for 5 minutes";
}

}  // namespace vscard::chardev::tls::pairing
