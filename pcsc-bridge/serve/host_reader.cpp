#include "pcsc-bridge/serve/host_reader.hpp"

#include <utility>

namespace vscard::pcsc_bridge::serve {

using protocol::vsc::VscHost;

HostReader::HostReader(session::HostLink& link, protocol::vsc::ReaderId number,
                       std::function<void()> closing)
    : link_(link), number_(number), closing_(std::move(closing)) {}

void HostReader::plug_into(pcsc::ReaderId id, CardEvents& events, Notify notify,
                           program::ApduTrail trail) {
  plugged_.emplace(
      Plugged{.id = id, .events = &events, .notify = std::move(notify), .trail = std::move(trail)});
}

std::optional<pcsc::ReaderId> HostReader::id() const {
  return plugged_ ? std::optional(plugged_->id) : std::nullopt;
}

void HostReader::transmit(protocol::SecretBytes command) {
  if (plugged_) plugged_->trail.command(command.view());
  link_.transmit(number_, std::move(command));
}

void HostReader::close() {
  plugged_.reset();
  if (closing_) closing_();
}

void HostReader::report(Notice::Severity severity, const std::string& text) const {
  plugged_->notify({severity, link_.address() + ": " + text});
}

void HostReader::perform(VscHost::Action action) {
  if (!plugged_) return;
  const auto id = plugged_->id;
  CardEvents& events = *plugged_->events;
  if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    report(Notice::Severity::Info, "card inserted");
    events.inserted(id, inserted->atr, link_.client().max_command);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    report(Notice::Severity::Info, "card removed");
    events.removed(id);
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    plugged_->trail.response(response->bytes.view());
    events.responded(id, std::move(response->bytes));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    report(Notice::Severity::Warning,
           "a command got no answer: " + make_error_code(failed->reason).message());
    plugged_->trail.no_answer();
    events.responded(id, std::unexpected(failed->reason));
  }
}

}  // namespace vscard::pcsc_bridge::serve
