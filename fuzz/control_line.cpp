#include "async/error.hpp"
#include "async/spawn.hpp"
#include "program/control_stream.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>

#include <utility>
#include <vector>

using namespace vscard;

namespace {

/// What a stream is read as: its lines, what is left, and why it ended.
struct Lines {
  std::vector<std::string> lines;
  std::string rest;
  std::error_code end;
  bool operator==(const Lines&) const = default;
};

Awaitable<Lines> read_lines(chardev::Stream& stream, std::size_t limit) {
  program::LineReader reader(stream);
  Lines all;
  while (true) {
    auto line = co_await reader.next(limit);
    if (!line) {
      all.end = line.error();
      all.rest = reader.rest();
      co_return all;
    }
    all.lines.push_back(std::move(*line));
  }
}

Lines lines_of(chardev::Stream& stream, std::size_t limit, asio::io_context& io) {
  Lines lines;
  async::spawn(io.get_executor(), read_lines(stream, limit),
               [&lines](Lines all) { lines = std::move(all); });
  io.run();
  return lines;
}

/// What it should be read as.
Lines expected(std::string text, std::size_t limit) {
  Lines all;
  for (std::size_t end = text.find('\n'); end < limit; end = text.find('\n')) {
    all.lines.push_back(text.substr(0, end));
    text.erase(0, end + 1);
  }
  const bool too_long = text.size() >= limit;
  all.end = too_long ? make_error_code(std::errc::message_size) : async::end_of_stream();
  if (!too_long) all.rest = text;
  return all;
}

}  // namespace

// A limit, the size of a read, and what comes over the control socket.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  const std::size_t limit = 1 + std::size_t{in.u8()};
  const std::size_t part = 1 + std::size_t{in.u8()};
  const protocol::Bytes rest = in.rest();
  const std::string text(rest.begin(), rest.end());
  asio::io_context io;
  auto [ours, theirs] = fakes::make_pipe({.read_at_most = part});
  if (theirs->write_now(program::bytes_of(text)) != text.size()) __builtin_trap();
  theirs->close();
  Lines lines = lines_of(*ours, limit, io);
  if (lines.end == std::errc::message_size) lines.rest.clear();
  if (lines != expected(text, limit)) __builtin_trap();
  return 0;
}
