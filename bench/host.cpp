#include "bench/host.hpp"

#include <boost/asio/co_spawn.hpp>

#include <stdexcept>
#include <utility>

namespace vscard::bench {
namespace {

/// Many times what any step needs on a busy machine.
constexpr std::chrono::seconds kPatience{30};

std::unique_ptr<chardev::Listener> listen(const asio::any_io_executor& executor,
                                          const std::string& address,
                                          std::span<const chardev::Transport* const> transports) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) throw std::runtime_error(parsed.error());
  const auto transport = chardev::find_transport(transports, *parsed);
  if (!transport) throw std::runtime_error(transport.error());
  auto listener = (*transport)->listen(executor, *parsed);
  if (!listener)
    throw std::runtime_error("cannot listen on " + address + ": " + listener.error().text);
  return std::move(*listener);
}

void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

Host::Host(const std::string& address, std::span<const chardev::Transport* const> transports)
    : listener_(listen(io_.get_executor(), address, transports)),
      session_(io_.get_executor(), *this, protocol::vsc::PeerLimits{},
               protocol::vsc::kApduTimeout) {
  asio::co_spawn(io_, serve(), rethrow);
}

/// The coroutine uses what goes before io_ does.
Host::~Host() {
  listener_->close();
  session_.leave();
  io_.run();
}

void Host::wait_for_card() {
  run_until([this] { return card_in_; }, "a card");
}

protocol::SecretBytes Host::exchange(protocol::Bytes command) {
  response_.reset();
  session_.transmit(reader_, protocol::SecretBytes::copy_of(command));
  run_until([this] { return response_.has_value(); }, "a response");
  return std::exchange(response_, std::nullopt).value_or(protocol::SecretBytes());
}

void Host::perform(protocol::vsc::VscHost::Action action) {
  using protocol::vsc::VscHost;
  if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    reader_ = inserted->reader;
    card_in_ = true;
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    response_ = std::move(response->bytes);
  }
}

Awaitable<void> Host::serve() {
  auto accepting = listener_->accept();
  const auto stream = co_await std::move(accepting);
  if (!stream) co_return;
  auto conversation = session_.serve(**stream);
  co_await std::move(conversation);
}

void Host::run_until(const std::function<bool()>& done, const char* awaited) {
  const auto limit = protocol::Clock::now() + kPatience;
  while (!done()) {
    if (io_.run_one_until(limit) == 0) {
      throw std::runtime_error(address() + ": the client gave no sign of " + awaited);
    }
  }
}

}  // namespace vscard::bench
