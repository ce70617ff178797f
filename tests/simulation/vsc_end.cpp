#include "tests/simulation/vsc_end.hpp"

#include "tests/protocol/vsc/text.hpp"

#include <utility>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;
namespace vsc = protocol::vsc;
using protocol::vsc::test::text_of;

/// Until everything that was sent before the end is written.
constexpr std::array<Duration, 4> kFlush{0s, 0s, 1ms, 300ms};

}  // namespace

void VscEnd::serve(Stream stream) {
  stream_ = std::move(stream);
  decoder_ = {};
  ending_ = false;
  begin();
  stream_->in->attach(*this);
}

std::optional<Time> VscEnd::deadline() const {
  if (!serving() || ending_) return std::nullopt;
  return machine_deadline();
}

void VscEnd::expire() { expire_machine(); }

void VscEnd::send(const vsc::Message& message) {
  if (!serving()) return;
  around_.trace.note(name_, [&] { return "> " + text_of(message); });
  if (!around_.extended && std::holds_alternative<vsc::Init>(message.body)) {
    stream_->out->write(vsc::encode({message.reader, vsc::Init{}}).view());
  } else {
    stream_->out->write(vsc::encode(message).view());
  }
}

void VscEnd::check_promises(const std::string& broken) {
  if (!broken.empty()) around_.trace.violation(std::string(name_) + ": " + broken);
}

/// Both machines are ours, so only a wire that is too slow is a reason for an error.
void VscEnd::end(std::optional<protocol::Errc> error) {
  if (!serving() || std::exchange(ending_, true)) return;
  const bool slow = stream_->in->disturbed() || stream_->out->disturbed();
  const bool late = error == protocol::Errc::NoAnswer || error == protocol::Errc::Silent;
  if (error && !(late && slow)) {
    around_.trace.violation("ended: " + make_error_code(*error).message());
  }
  around_.trace.note(name_, "ends the conversation");
  around_.clock.after(around_.choices.pick(kFlush), [this, in = stream_->in] {
    if (stream_ && stream_->in == in) stream_ended();
  });
}

void VscEnd::receive(protocol::Bytes bytes) {
  decoder_.feed(bytes);
  while (!ending_) {
    auto message = decoder_.next();
    if (!message) {
      around_.trace.violation("the stream does not decode: " +
                              make_error_code(message.error()).message());
      return;
    }
    if (!*message) return;
    around_.trace.note(name_, [&] { return "< " + text_of(**message); });
    receive_message(std::move(**message));
  }
}

void VscEnd::stream_ended() {
  around_.trace.note(name_, "has no connection any more");
  stream_->in->detach();
  stream_->out->finish();
  stream_.reset();
  lost();
  if (on_end) on_end();
}

}  // namespace vscard::tests::simulation
