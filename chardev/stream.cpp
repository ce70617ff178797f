#include "chardev/stream.hpp"

#include "async/error.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "protocol/secret.hpp"

namespace vscard::chardev {
namespace {

constexpr std::chrono::seconds kPoliteTime{1};
constexpr std::size_t kReadSize = 4096;  ///< bytes

Awaitable<void> drop_the_rest(Stream& stream) {
  auto dropped = protocol::SecretBytes::zeros(kReadSize);
  while (true) {
    const auto size = co_await stream.read(dropped.data());
    if (!size) co_return;
  }
}

}  // namespace

Awaitable<std::error_code> read_exactly(Stream& stream, std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const auto size = co_await stream.read(into);
    if (!size) co_return size.error();
    into = into.subspan(*size);
  }
  co_return std::error_code();
}

Awaitable<void> finish_politely(Stream& stream) {
  stream.finish();
  co_await async::first_of(drop_the_rest(stream), async::sleep(kPoliteTime));
}

bool begins_like_tls(protocol::Bytes first) {
  constexpr std::uint8_t kAlert = 21;  // ContentType, RFC 8446 §5.1
  constexpr std::uint8_t kHandshake = 22;
  constexpr std::uint8_t kMajor = 3;  // of every version
  return first.size() > 1 && (first[0] == kAlert || first[0] == kHandshake) && first[1] == kMajor;
}

bool closed_by_remote(const std::error_code& error) {
  return error == async::end_of_stream() || error == std::errc::connection_reset ||
         error == std::errc::broken_pipe;
}

}  // namespace vscard::chardev
