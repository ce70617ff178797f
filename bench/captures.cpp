#include "bench/captures.hpp"

#include "capture/program_capture.hpp"
#include "ccid-passthru/ccid/blanking.hpp"
#include "ccid-passthru/usb_capture.hpp"
#include "inspect/inspector.hpp"
#include "inspect/options.hpp"
#include "program/apdu_trail.hpp"
#include "program/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace vscard::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 50;
constexpr int kApdus = 100;  ///< of a round, after which the capture is written
constexpr std::chrono::milliseconds kWritten{60};

constexpr std::array<std::uint8_t, 5> kRead{0x00, 0xb0, 0x00, 0x00, 0xff};

/// 255 bytes and a status.
std::vector<std::uint8_t> answer() {
  std::vector<std::uint8_t> bytes(257, 0x5a);
  bytes[255] = 0x90;
  bytes[256] = 0x00;
  return bytes;
}

/// Nanoseconds.
std::int64_t thread_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

/// Of an APDU, in microseconds: the least of the rounds, what the executor does for it included.
double cost(asio::io_context& io, const std::function<void()>& apdu) {
  double least = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto begun = thread_time();
    for (int i = 0; i < kApdus; ++i) apdu();
    io.restart();
    io.run_for(kWritten);
    least = std::min(least, static_cast<double>(thread_time() - begun) / 1000 / kApdus);
  }
  return least;
}

/// A browser's connection that has asked for what passes.
asio::ip::tcp::socket open_page(asio::io_context& io, const std::string& url) {
  const std::string host = url.substr(7, url.find('/', 7) - 7);  // http://127.0.0.1:PORT/#TOKEN
  const auto port = static_cast<std::uint16_t>(std::stoul(host.substr(host.find(':') + 1)));
  asio::ip::tcp::socket page(io);
  page.connect({asio::ip::make_address("127.0.0.1"), port});
  asio::write(page, asio::buffer("GET /lines?from=0 HTTP/1.1\r\nHost: " + host +
                                 "\r\nAuthorization: Bearer " + url.substr(url.find('#') + 1) +
                                 "\r\n\r\n"));
  return page;
}

void print(Format format, const char* what, double microseconds) {
  if (format == Format::Json) {
    fmt::print("{{\"what\":\"{}\",\"microseconds\":{:.3f}}}\n", what, microseconds);
  } else {
    fmt::print("{:32} {:8.3f}\n", what, microseconds);
  }
}

}  // namespace

void measure_captures(Format format) {
  log::set_level(log::Level::Warning);
  const fs::path folder = fs::temp_directory_path() / fmt::format("vsc-bench-{}", ::getpid());
  fs::create_directory(folder);
  asio::io_context io;
  program::Watchers watchers;
  program::ApduTrail trail("card", "alice", watchers);
  const auto response = answer();
  const auto pass = [&] {
    trail.command(kRead);
    trail.response(response);
  };
  print(format, "APDU: nobody looks", cost(io, pass));
  {
    capture::ProgramCapture capture({.file = folder / "apdus.pcapng"}, watchers);
    if (!capture.open(io.get_executor())) return;
    print(format, "APDU: captured", cost(io, pass));
    ccid_passthru::UsbCapture usb(capture.capture(), {.id = {}, .serial = "1", .name = "alice"},
                                  {});
    ccid_passthru::usb::Tap& tap = usb;
    std::vector<std::uint8_t> command{0x6f, 5, 0, 0, 0, 0, 1, 0, 0, 0};
    command.insert(command.end(), kRead.begin(), kRead.end());
    std::vector<std::uint8_t> reply{0x80, 1, 1, 0, 0, 0, 1, 0, 0, 0};
    reply.insert(reply.end(), response.begin(), response.end());
    print(format, "APDU: captured, with CCID on USB", cost(io, [&] {
            tap.see_command(command);
            pass();
            tap.see_reply(reply);
          }));
    capture.close();
  }
  {
    asio::io_context inspected;  // the other one still has work for the capture, which is gone
    const program::CommandTable none({});
    inspect::Inspector inspector(inspected.get_executor(), none, watchers,
                                 {.program = "vsc-bench", .commands = {}});
    if (!inspector.open(*inspect::parse_inspect_address("tcp://127.0.0.1:0"))) return;
    const auto page = open_page(inspected, inspector.url());
    print(format, "APDU: a page is open", cost(inspected, pass));
  }
  fs::remove_all(folder);
}

}  // namespace vscard::bench
