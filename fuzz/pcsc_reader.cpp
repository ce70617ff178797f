#include "pcsc-bridge/reader/reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

using namespace vscard::pcsc_bridge;
using namespace vscard;

namespace {

reader::Reader* fuzzed_reader = nullptr;
protocol::Bytes input;
std::vector<reader::AnswerPlace> answers;

/// A hostile client. Between its messages pcscd looks at the card and sends commands.
class HostileClient final : public chardev::Stream {
 public:
  explicit HostileClient(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    co_await asio::post(executor_, asio::use_awaitable);
    if (input.empty()) close();
    if (closed_) co_return std::unexpected(std::make_error_code(std::errc::operation_canceled));
    const std::size_t size = std::min({into.size(), input.size(), std::size_t{1} + input[0] % 64});
    std::ranges::copy(input.first(size), into.begin());
    input = input.subspan(size);
    answers.push_back(std::make_shared<std::optional<reader::Answer>>());
    fuzzed_reader->transmit(protocol::SecretBytes::zeros(size), answers.back());
    co_return size;
  }
  Awaitable<std::error_code> write(protocol::Bytes /*bytes*/) override {
    co_await asio::post(executor_, asio::use_awaitable);
    co_return std::error_code();
  }
  /// Once: the reader, which would try again in a while, is closed with it.
  void close() override {
    if (!std::exchange(closed_, true)) fuzzed_reader->close();
  }
  std::string remote() const override { return "fuzz"; }

 private:
  asio::any_io_executor executor_;
  bool closed_ = false;
};

Awaitable<chardev::Connected> connect(asio::any_io_executor executor,
                                      chardev::Address /*address*/) {
  co_return std::make_unique<HostileClient>(std::move(executor));
}

constexpr chardev::Transport kHostile{
    .scheme = "fuzz",
    .check = nullptr,
    .reachable_unencrypted = [](const chardev::Address&) { return false; },
    .connector = chardev::plain_connector<connect>,
    .listen = nullptr};

}  // namespace

// Every command gets an answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  asio::io_context io;
  auto channel = std::make_shared<reader::Channel>(
      session::VscLinkOptions{.link = {}, .transport = &kHostile});
  reader::Reader fuzzed(io.get_executor(), channel, [](const Notice&) {});
  fuzzed_reader = &fuzzed;
  if (!fuzzed.open()) __builtin_trap();
  input = {data, size};
  answers.clear();
  auto running = fuzzed.run();
  asio::co_spawn(io, std::move(running), asio::detached);
  while (io.run_one() > 0) {
    if (!channel->slot.settled()) channel->slot.wait_for_change(std::chrono::milliseconds(0));
  }
  for (const auto& answer : answers) {
    if (!answer->has_value()) __builtin_trap();
  }
  return 0;
}
