#include "chardev/tls/pairing/listener.hpp"

#include "chardev/handshake_listener.hpp"
#include "chardev/tls/pairing/party.hpp"
#include "chardev/tls/target.hpp"

#include <utility>

namespace vscard::chardev::tls::pairing {
namespace {

class PairingListener final : public Listener {
 public:
  PairingListener(std::unique_ptr<Listener> paired, std::shared_ptr<Desk> desk)
      : paired_(std::move(paired)), desk_(std::move(desk)) {}
  PairingListener(const PairingListener&) = delete;
  PairingListener& operator=(const PairingListener&) = delete;
  /// Who is told may go with the listener.
  ~PairingListener() override { desk_->start({}); }

  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    return paired_->accept();
  }
  void close() override { paired_->close(); }
  std::string address() const override { return paired_->address(); }
  Pairing* pairing() override { return desk_.get(); }

 private:
  std::unique_ptr<Listener> paired_;
  std::shared_ptr<Desk> desk_;  ///< shared with handshakes and streams, which may outlive this
};

}  // namespace

Result<std::unique_ptr<Listener>> listen_paired(const asio::any_io_executor& executor,
                                                std::unique_ptr<Listener> carrier, Keys keys) {
  const Folder folder(keys.pair);
  if (const auto usable = folder.open(); !usable) return std::unexpected(usable.error());
  const ContextPtr context = new_context(TLS_server_method(), TLS1_3_VERSION);
  const auto key = use_certificate(context.get(), folder.key_file(), folder.key_file());
  if (!key) {
    return std::unexpected(key.error().text + "; put the file aside for a new key, and pair again");
  }
  const std::string scheme = scheme_over(carrier->address());
  const auto desk = std::make_shared<Desk>(folder, with_scheme(scheme, carrier->address()));
  const auto handshake = [desk, keys = std::move(keys)](std::unique_ptr<Stream> stream) {
    return accept_paired(std::move(stream), desk, keys);
  };
  auto paired = handshake_listener(executor, std::move(carrier), handshake, scheme);
  return std::make_unique<PairingListener>(std::move(paired), desk);
}

}  // namespace vscard::chardev::tls::pairing
