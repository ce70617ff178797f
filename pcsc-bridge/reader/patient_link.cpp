#include "pcsc-bridge/reader/patient_link.hpp"

#include <string>
#include <utility>

namespace vscard::pcsc_bridge::reader {
namespace {

/// Until a remote is tried again that is none of ours, or wants nothing of us.
constexpr std::chrono::seconds kRetryHopeless{10};

}  // namespace

PatientLink::PatientLink(const asio::any_io_executor& executor,
                         const session::VscLinkOptions& options, session::ReaderSide& side,
                         Notify notify)
    : notify_(std::move(notify)), client_(executor, options, side, notify_) {}

Awaitable<void> PatientLink::run() {
  std::string said;
  while (!closed_) {
    const auto ended = co_await client_.run();
    if (ended || closed_) break;
    if (ended.error().text != said) {
      said = ended.error().text;
      notify_({Notice::Severity::Warning, said + "; trying again from time to time"});
    }
    co_await closing_.wait_for(kRetryHopeless);
  }
}

void PatientLink::close() {
  closed_ = true;
  closing_.notify();
  client_.leave();
}

void PatientLink::report(Notice::Severity severity, const std::string& text) const {
  notify_({severity, client_.address() + ": " + text});
}

}  // namespace vscard::pcsc_bridge::reader
