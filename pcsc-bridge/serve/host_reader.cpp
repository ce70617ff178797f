#include "pcsc-bridge/serve/host_reader.hpp"

#include <utility>

namespace vscard::pcsc_bridge::serve {

using protocol::Errc;
using protocol::vsc::VscHost;

HostReader::HostReader(const asio::any_io_executor& executor, pcsc::ReaderId id,
                       const session::VscLinkOptions& options, CardEvents& events, Notify notify,
                       program::ApduTrail trail)
    : id_(id),
      events_(events),
      trail_(std::move(trail)),
      link_(executor, options, *this, std::move(notify)) {}

void HostReader::transmit(protocol::SecretBytes command) {
  trail_.command(command.view());
  if (reader_) {
    link_.client().transmit(*reader_, std::move(command));
  } else {
    trail_.no_answer();
    events_.responded(id_, std::unexpected(Errc::NoCard));
  }
}

void HostReader::abort() {
  if (reader_) link_.client().abort(*reader_);
}

void HostReader::power(protocol::vsc::PowerAction action) {
  if (reader_) link_.client().power(*reader_, action);
}

void HostReader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    reader_ = added->reader;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    link_.report(Notice::Severity::Info, "card inserted");
    events_.inserted(id_, inserted->atr, link_.client().client().max_command);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    link_.report(Notice::Severity::Info, "card removed");
    events_.removed(id_);
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    trail_.response(response->bytes.view());
    events_.responded(id_, std::move(response->bytes));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    link_.report(Notice::Severity::Warning,
                 "a command got no answer: " + make_error_code(failed->reason).message());
    trail_.no_answer();
    events_.responded(id_, std::unexpected(failed->reason));
  } else if (std::holds_alternative<VscHost::ReaderRemoved>(action)) {
    reader_.reset();
  }
}

}  // namespace vscard::pcsc_bridge::serve
