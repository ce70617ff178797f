#include "chardev/http_tunnel.hpp"

#include "async/spawn.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace vscard;
using Remedy = chardev::ConnectError::Remedy;

namespace {

constexpr std::size_t kMaxHeader = 4096;

/// Bytes of the answer's header, if it has an end; of a grant nothing else counts.
std::size_t header_size(std::string_view answer) {
  const std::size_t end = answer.substr(0, kMaxHeader).find("\r\n\r\n");
  return end == std::string_view::npos ? 0 : end + 4;
}

bool is_grant(std::string_view answer) {
  return header_size(answer) > 0 && answer.starts_with("HTTP/1.") && answer[9] == '2';
}

/// Runs the coroutine to its end.
template <class T>
T run(asio::io_context& io, Awaitable<T> work) {
  std::optional<T> result;
  async::spawn(io.get_executor(), std::move(work),
               [&result](T value) { result = std::move(value); });
  io.restart();
  io.run();
  return std::move(result).value();
}

/// Nothing of what follows the header is taken.
void check_rest(asio::io_context& io, chardev::Stream& stream, std::string_view rest) {
  std::error_code end;
  const auto left = run(io, fakes::read_to_end(stream, end));
  if (std::string(left.begin(), left.end()) != rest) __builtin_trap();
}

/// A proxy that speaks something else is not asked again.
void check_remedy(const chardev::ConnectError& error, std::string_view answer) {
  const bool whole = header_size(answer) > 0 || answer.size() >= kMaxHeader;
  const bool give_up = whole && !answer.starts_with("HTTP/1.");
  if ((error.remedy == Remedy::GiveUp) != give_up || error.text.empty()) __builtin_trap();
}

}  // namespace

// The size of a read, 0 for a proxy that has gone, and what a proxy answers before it hangs up.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  const std::size_t part = in.u8();
  const protocol::Bytes bytes = in.rest();
  const std::string answer(bytes.begin(), bytes.end());
  asio::io_context io;
  auto [ours, proxy] = fakes::make_pipe({.read_at_most = part, .hangs_up_after = bytes.size()});
  if (proxy->write_now(bytes) != bytes.size()) __builtin_trap();
  const bool gone = part == 0;
  if (gone) proxy->close();
  const auto opened = run(io, chardev::open_tunnel(*ours, {.host = "host", .port = "1"}));
  if (opened.has_value() != (!gone && is_grant(answer))) __builtin_trap();
  if (!opened) check_remedy(opened.error(), gone ? "" : answer);
  if (opened) check_rest(io, *ours, std::string_view(answer).substr(header_size(answer)));
  return 0;
}
