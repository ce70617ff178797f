#include "chardev/spice/session.hpp"

#include "async/event.hpp"
#include "async/spawn.hpp"
#include "chardev/spice/main_channel.hpp"

#include <boost/asio/execution_context.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace vscard::chardev::spice {
namespace {

constexpr ChannelNumber kOnlyMain{0};
/// Numbers that are tried of a type that is not listed.
constexpr std::uint8_t kMaxUnlisted = 16;

Awaitable<std::expected<Message, ConnectError>> await_message(Connection& main,
                                                              ServerMessage type) {
  while (true) {
    auto message = co_await main.receive();
    if (!message) co_return std::unexpected(failure(message.error()));
    if (message->type == type) co_return std::move(*message);
  }
}

/// The shared sessions of a context.
class SharedSessions final : public asio::execution_context::service {
 public:
  using key_type = SharedSessions;
  static inline asio::execution_context::id id;  // NOLINT(readability-identifier-naming)

  explicit SharedSessions(asio::execution_context& context) : service(context) {}

  std::shared_ptr<SharedSession> get(const std::string& address) {
    std::erase_if(all_, [](const auto& entry) { return entry.second.expired(); });
    if (const auto found = all_.find(address); found != all_.end()) return found->second.lock();
    auto made = std::make_shared<SharedSession>();
    all_.emplace(address, made);
    return made;
  }

 private:
  void shutdown() override {}

  std::map<std::string, std::weak_ptr<SharedSession>> all_;
};

}  // namespace

struct Session::Main {
  std::unique_ptr<Connection> connection;
  std::optional<std::error_code> end = {};
  async::Event ended = {};
};

Session::Session(const asio::any_io_executor& executor, std::unique_ptr<Connection> main,
                 SessionId id, std::vector<ChannelId> channels)
    : main_(std::make_shared<Main>(std::move(main))), id_(id), channels_(std::move(channels)) {
  std::ranges::sort(channels_);
  async::spawn(executor, keep(main_));
}

Session::~Session() { main_->connection->close(); }

/// None of the messages is about other channels.
Awaitable<void> Session::keep(std::shared_ptr<Main> main) {
  while (!main->end) {
    const auto message = co_await main->connection->receive();
    if (!message) main->end = message.error();
  }
  main->connection->close();
  main->ended.notify();
}

bool Session::ended() const { return main_->end.has_value(); }

Awaitable<std::error_code> Session::end() const {
  while (!main_->end) co_await main_->ended.wait();
  co_return *main_->end;
}

bool Session::lists(ChannelType type) const {
  return std::ranges::find(channels_, type, &ChannelId::type) != channels_.end();
}

bool Session::uses(ChannelType type) const {
  return std::ranges::any_of(used_, [&](const auto& used) { return used.first.type == type; });
}

bool Session::uses_port(const std::string& name) const {
  return std::ranges::any_of(used_, [&](const auto& used) { return used.second == name; });
}

std::vector<ChannelNumber> Session::unused(ChannelType type) const {
  std::vector<ChannelNumber> numbers;
  const auto add = [&](ChannelId channel) {
    if (channel.type == type && !used_.contains(channel)) numbers.push_back(channel.number);
  };
  for (const ChannelId channel : channels_) add(channel);
  for (std::uint8_t i = 0; i < kMaxUnlisted && !lists(type); ++i) add({type, ChannelNumber{i}});
  return numbers;
}

Awaitable<std::expected<std::shared_ptr<Session>, ConnectError>> begin_session(
    asio::any_io_executor executor, const ServerSpec& server) {
  auto main = co_await link_channel(executor, server, kMainChannel, kOnlyMain, kNewSession);
  if (!main) co_return std::unexpected(main.error());
  const auto init = co_await await_message(**main, kMainInit);
  if (!init) co_return std::unexpected(init.error());
  const auto question = encode_attach_channels();
  if (const auto error = co_await (*main)->send(question.view())) {
    co_return std::unexpected(failure(error));
  }
  const auto list = co_await await_message(**main, kMainChannelsList);
  if (!list) co_return std::unexpected(list.error());
  auto channels = decode_channels(*list);
  if (!channels) co_return std::unexpected(failure(channels.error()));
  co_return std::make_shared<Session>(executor, std::move(*main), session_of(*init),
                                      std::move(*channels));
}

std::shared_ptr<SharedSession> SharedSession::with(const asio::any_io_executor& executor,
                                                   const std::string& address) {
  auto& context = asio::query(executor, asio::execution::context);
  return asio::use_service<SharedSessions>(context).get(address);
}

}  // namespace vscard::chardev::spice
