// What a recording costs the program's thread: commands to a card that answers at once, with and
// without it. CPU time, so that other work on the machine does not count.

#include "async/spawn.hpp"
#include "cards/recording/reader.hpp"
#include "protocol/hex.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::bench {
namespace {

using protocol::SecretBytes;

/// Has one response.
class InstantCard final : public cards::Reader {
 public:
  explicit InstantCard(const std::string& response) : response_(*protocol::parse_hex(response)) {}

  cards::ReaderInfo info() const override { return {.name = "instant"}; }
  void watch(std::function<void(const cards::CardEvent&)> /*on_event*/) override {}
  Awaitable<std::expected<SecretBytes, cards::CardError>> transmit(
      SecretBytes /*command*/) override {
    co_return SecretBytes::copy_of(response_);
  }
  Awaitable<std::expected<protocol::iso7816::Atr, cards::CardError>> reset(
      cards::PowerAction /*action*/) override {
    co_return std::unexpected(cards::CardError::NoCard);
  }

 private:
  std::vector<std::uint8_t> response_;
};

double cpu_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

Awaitable<void> use(cards::Reader& reader, protocol::Bytes command, int count) {
  for (int i = 0; i < count; ++i) {
    static_cast<void>(co_await reader.transmit(SecretBytes::copy_of(command)));
  }
}

/// Of one command and its response, the median of some rounds.
double cost(asio::io_context& io, cards::Reader& reader, const std::string& command) {
  constexpr int kRounds = 21;
  constexpr int kCommands = 2000;
  const auto bytes = *protocol::parse_hex(command);
  std::vector<double> costs;
  for (int round = 0; round < kRounds; ++round) {
    io.restart();
    async::spawn(io.get_executor(), use(reader, bytes, kCommands));
    const double begin = cpu_microseconds();
    io.run();
    costs.push_back((cpu_microseconds() - begin) / kCommands);
  }
  std::ranges::sort(costs);
  return costs[kRounds / 2];
}

struct Case {
  const char* name;
  std::string command;
  std::string response;
};

enum class Format { Table, Json };

void print(const Case& it, double without, double with, Format format) {
  const char* const row = format == Format::Json
                              ? R"({{"what":"{}","without":{:.2f},"with":{:.2f}}})"
                                "\n"
                              : "{:<28}{:>8.2f}{:>8.2f}\n";
  fmt::print(fmt::runtime(row), it.name, without, with);
}

void measure(const Case& it, const std::string& path, Format format) {
  asio::io_context io{1};
  InstantCard card(it.response);
  const auto recorded =
      cards::recording::Reader::open(io.get_executor(), {.path = path}, "card", card,
                                     [](const std::string& line) { fmt::print("{}\n", line); });
  if (!recorded) {
    fmt::print("{}\n", recorded.error().text);
    return;
  }
  const double without = cost(io, card, it.command);
  const double with = cost(io, **recorded, it.command);
  print(it, without, with, format);
}

int run(Format format) {
  std::string folder = std::filesystem::temp_directory_path() / "vscard-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  if (format == Format::Table) fmt::print("{:<28}{:>8}{:>8}\n", "", "without", "with");
  const std::string signature = "0087079a8a7c820086820081820080" + std::string(256, '5');
  for (const Case& it :
       {Case{"SELECT", "00a4040009a00000030800001000", "6111"},
        Case{"VERIFY", "00200080083132333435363738", "9000"},
        Case{"GET RESPONSE, 256 bytes", "00c0000000", std::string(512, 'a') + "6100"},
        Case{"signature of 128 bytes", signature, std::string(256, 'a') + "9000"}}) {
    measure(it, folder + "/recording", format);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace vscard::bench

int main(int argc, char** argv) {
  using vscard::bench::Format;
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  return vscard::bench::run(json ? Format::Json : Format::Table);
}
