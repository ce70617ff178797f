#include "chardev/spicevmc/server.hpp"

#include "async/error.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/socket_stream.hpp"
#include "chardev/spicevmc/card_channel.hpp"
#include "chardev/spicevmc/port_channel.hpp"
#include "chardev/spicevmc/relay.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <unistd.h>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

/// Until the next try when the system has no descriptor left.
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

Result<std::shared_ptr<Server>> Server::start(const asio::any_io_executor& executor,
                                              const Options& options,
                                              std::unique_ptr<Listener> clients) {
  auto server = std::make_shared<Server>(executor, std::move(clients));
  if (const Result<> configured = server->configure(options); !configured) {
    return std::unexpected(configured.error());
  }
  async::spawn(executor, admit_all(server));
  async::spawn(executor, cut_late(server));
  return server;
}

Server::Server(const asio::any_io_executor& executor, std::unique_ptr<Listener> clients)
    : executor_(executor),
      clients_(std::move(clients)),
      loop_(executor, {.admitted =
                           [this](int descriptor, const SpiceChannelEventInfo& info) {
                             connections_.admitted(descriptor);
                             peers_[info.type] = {descriptor, connections_.remote(descriptor)};
                           },
                       .unblocked =
                           [this] {
                             card_.wake();
                             port_.wake();
                           },
                       .name = [this](int descriptor) { return connections_.remote(descriptor); }}),
      card_(kCardDevice, events_of<CardChannel>(SPICE_CHANNEL_SMARTCARD, card_)),
      port_(kPortDevice, events_of<PortChannel>(SPICE_CHANNEL_PORT, port_)),
      connections_([this](int descriptor) { return loop_.watches(descriptor); }),
      server_(spice_server_new()) {}

Server::~Server() = default;

template <class Channel>
Device::Events Server::events_of(int type, Device& device) {
  const auto begun = [this, type, &device] {
    const auto& peer = peers_[type];
    auto channel = std::make_shared<Channel>(peer, [&device] { device.wake(); });
    waiting_.push_back(channel);
    changed_.notify();
    return channel;
  };
  const auto flooded = [this, type] { connections_.cut(peers_[type].descriptor); };
  return {.begun = begun, .flooded = flooded, .blocked = [this] { return loop_.blocked(); }};
}

Result<> Server::configure(const Options& options) {
  if (options.password) {
    if (auto set = set_password(options); !set) return set;
  } else {
    spice_server_set_noauth(server_.get());
  }
  if (spice_server_init(server_.get(), loop_.interface()) != 0) {
    return std::unexpected("libspice-server does not start");
  }
  spice_server_add_interface(server_.get(), display_.instance());
  display_.show();
  card_.add_to(server_.get());
  port_.add_to(server_.get());
  return {};
}

Result<> Server::set_password(const Options& options) {
  auto password = read_password(options);
  if (!password) return std::unexpected(password.error());
  const char* text = reinterpret_cast<const char*>(password->view().data());
  spice_server_set_ticket(server_.get(), text, 0, 0, 0);
  return {};
}

Awaitable<void> Server::admit_all(std::shared_ptr<Server> self) {
  while (!self->closed_) {
    auto client = co_await self->clients_->accept();
    if (client) {
      self->admit(std::move(*client));
    } else if (!self->closed_) {
      const bool of_listener = static_cast<bool>(client.error().reason);
      self->fail(std::move(client.error()));
      if (of_listener) co_await async::sleep(kAcceptPause);
    }
  }
}

void Server::admit(std::unique_ptr<Stream> client) {
  const auto now = protocol::Clock::now();
  connections_.cut_late(now);
  if (!connections_.make_room()) return;
  SocketPair pair = make_socket_pair();
  if (pair.theirs.number() < 0) return;
  if (spice_server_add_client(server_.get(), pair.theirs.number(), 0) != 0) return;
  const std::string remote = client->remote();
  connections_.add(pair.theirs.release(), remote, now + protocol::vsc::kAnswerTimeout);
  connected_.notify();
  auto library = std::make_unique<SocketStream>(executor_, std::move(pair.ours), remote);
  async::spawn(executor_, relay(std::move(client), std::move(library)),
               [weak = weak_from_this(), remote](bool heard) {
                 if (const auto self = weak.lock(); self && !heard) {
                   self->fail({remote, "it said something that does not belong in SPICE"});
                 }
               });
}

void Server::fail(AcceptError error) {
  failure_ = std::move(error);
  changed_.notify();
}

/// As long as there is the server, whose end wakes it.
Awaitable<void> Server::cut_late(std::weak_ptr<Server> weak) {
  for (auto self = weak.lock(); self; self = weak.lock()) {
    self->connections_.cut_late(protocol::Clock::now());
    auto waiting = self->connected_.wait_until(self->connections_.next_deadline());
    self.reset();
    co_await std::move(waiting);
  }
}

std::shared_ptr<ClientChannel> Server::next() {
  std::erase_if(waiting_, [](const auto& channel) { return channel->ended(); });
  const bool leaving = serving_ && serving_->ended();
  if (waiting_.empty() || leaving) return nullptr;
  const auto channel = waiting_.front();
  waiting_.erase(waiting_.begin());
  if (!serving_) serving_ = channel;
  return channel;
}

Awaitable<Server::Accepted> Server::accept() {
  while (!closed_) {
    if (failure_) co_return std::unexpected(*std::exchange(failure_, std::nullopt));
    if (auto channel = next()) co_return channel;
    co_await changed_.wait();
  }
  co_return std::unexpected(async::aborted());
}

void Server::left(const ClientChannel& channel) {
  if (serving_.get() != &channel) return;
  serving_.reset();
  changed_.notify();
}

void Server::drop(const ClientChannel& channel) {
  if (serving_.get() == &channel) {
    connections_.cut_all();
  } else {
    connections_.cut(channel.peer().descriptor);
  }
}

void Server::close() {
  closed_ = true;
  clients_->close();
  changed_.notify();
}

}  // namespace vscard::chardev::spicevmc
