#include "chardev/spice/client.hpp"

#include "async/error.hpp"
#include "async/spawn.hpp"

#include <expected>
#include <ranges>

namespace vscard::chardev::spice {
namespace {

using Remedy = ConnectError::Remedy;

class ChannelStream final : public Stream {
 public:
  ChannelStream(std::shared_ptr<ChannelSession> channel, std::string peer)
      : channel_(std::move(channel)), remote_(std::move(peer)) {}
  ~ChannelStream() override { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return channel_->read(into);
  }
  Awaitable<std::error_code> write(Bytes bytes) override { return channel_->write(bytes); }
  void close() final { channel_->end(async::aborted()); }
  std::string remote() const override { return remote_; }

 private:
  std::shared_ptr<ChannelSession> channel_;
  std::string remote_;
};

class ChannelConnector final : public Connector {
 public:
  ChannelConnector(asio::any_io_executor executor, Address address, Services services)
      : executor_(std::move(executor)),
        server_(std::move(address)),
        services_(std::move(services)),
        shared_(SharedSession::with(executor_, server_.address().text())) {}

  Awaitable<Connected> connect() override {
    const auto server = server_.read();
    if (!server) co_return std::unexpected(ConnectError{server.error().text, Remedy::GiveUp});
    const auto lock = co_await shared_->joining.lock();
    auto session = shared_->session.lock();
    if (!session || session->ended()) {
      auto begun = co_await begin_session(executor_, *server);
      if (!begun) co_return std::unexpected(begun.error());
      session = std::move(*begun);
      shared_->session = session;
    }
    for (const Service& better : services_ | std::views::take(services_.size() - 1)) {
      if (!session->lists(better.kind.type)) continue;
      auto stream = co_await join(*server, session, better);
      if (stream || session->uses_port(better.port)) co_return stream;
    }
    co_return co_await join(*server, session, services_.back());
  }

 private:
  // The arguments outlive them.
  Awaitable<Connected> join(const ServerSpec& server, const std::shared_ptr<Session>& session,
                            const Service& service);
  Awaitable<Connected> link(const ServerSpec& server, const std::shared_ptr<Session>& session,
                            const Service& service, ChannelNumber number);

  asio::any_io_executor executor_;
  ServerReader server_;
  Services services_;
  std::shared_ptr<SharedSession> shared_;
};

/// The first channel that is as it should be.
Awaitable<Connected> ChannelConnector::join(const ServerSpec& server,
                                            const std::shared_ptr<Session>& session,
                                            const Service& service) {
  const ChannelType type = service.kind.type;
  const auto unused = session->unused(type);
  bool some_taken = session->uses(type);
  for (const ChannelNumber number : unused) {
    auto stream = co_await link(server, session, service, number);
    if (stream) co_return stream;
    const auto& reason = stream.error().reason;
    // libspice-server has no other answer where there is no such channel.
    if (reason == Errc::HungUp && !session->lists(type)) break;
    if (reason != Errc::Taken && reason != Errc::AnotherPort) co_return stream;
    some_taken |= reason == Errc::Taken;
  }
  if (some_taken) co_return std::unexpected(ConnectError{.text = service.taken});
  co_return std::unexpected(ConnectError{service.missing, Remedy::GiveUp});
}

Awaitable<Connected> ChannelConnector::link(const ServerSpec& server,
                                            const std::shared_ptr<Session>& session,
                                            const Service& service, ChannelNumber number) {
  const ChannelId id{service.kind.type, number};
  auto connection = co_await link_channel(executor_, server, service.kind, number, session->id());
  if (!connection) co_return std::unexpected(connection.error());
  const auto channel =
      std::make_shared<ChannelSession>(session, id, std::move(*connection), service.translator());
  auto stream = std::make_unique<ChannelStream>(channel, server_.address().text());
  async::spawn(executor_, ChannelSession::keep(channel));
  if (const auto error = co_await channel->settle(service.first_word)) {
    channel->end(error);
    co_await channel->left();
    co_return std::unexpected(failure(error));
  }
  session->name(id, service.port);
  co_return stream;
}

}  // namespace

std::unique_ptr<Connector> make_connector(asio::any_io_executor executor, Address address,
                                          Services services) {
  return std::make_unique<ChannelConnector>(std::move(executor), std::move(address),
                                            std::move(services));
}

bool reachable_unencrypted(const Address& address) {
  const auto server = parse_server(address);
  return server && !server->trust && server->carrier.scheme == kTcp.scheme &&
         kTcp.reachable_unencrypted(server->carrier);
}

std::string encrypted_address(const Address& address) {
  const bool file = !parse_host_port(address.location);
  return "spice+tls://" + (file ? "HOST:PORT" : address.location);
}

Result<std::unique_ptr<Listener>> refuse_to_listen(asio::any_io_executor /*executor*/,
                                                   const Address& address) {
  return std::unexpected(address.scheme + ": connects to a SPICE server");
}

}  // namespace vscard::chardev::spice
