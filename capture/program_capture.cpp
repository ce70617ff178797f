#include "capture/program_capture.hpp"

#include "async/spawn.hpp"

namespace vscard::capture {

Result<> ProgramCapture::open(const asio::any_io_executor& executor) {
  if (auto opened = capture_.open(); !opened) return opened;
  watchers_.add_tap(apdus_);
  async::spawn(executor, capture_.run());
  return {};
}

void ProgramCapture::close() {
  watchers_.remove_tap(apdus_);
  capture_.close();
}

}  // namespace vscard::capture
