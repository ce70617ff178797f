#include "chardev/tls/pairing/party.hpp"

#include "async/error.hpp"
#include "chardev/handshake_listener.hpp"
#include "chardev/tls/errc.hpp"
#include "chardev/tls/pairing/exchange.hpp"
#include "chardev/tls/pairing/identity.hpp"
#include "chardev/tls/party.hpp"
#include "chardev/tls/target.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace vscard::chardev::tls::pairing {
namespace {

using Remedy = ConnectError::Remedy;

/// Of a peer that is refused. Codes cannot be guessed; this is for those who try all the same.
constexpr std::chrono::seconds kPauseBeforeRefusal{1};

/// Whose key is let in, and whose it was. A handshake refers to it.
struct Pins {
  std::vector<Pinned> known;
  const Pinned* found = nullptr;
};

/// A server that wants certificates and also takes a key needs one: else OpenSSL ends the handshake
/// with an internal error. No session is resumed, so it tells nothing apart.
constexpr std::array<unsigned char, 1> kSessionContext{'p'};

/// In place of OpenSSL's own check: no authority, name or date counts, the key alone does. That the
/// peer has it is shown later in the handshake. Its alert, certificate_revoked, is what we say to a
/// peer that is not paired.
int check_pin(X509_STORE_CTX* shown, void* data) {
  auto* pins = static_cast<Pins*>(data);
  const X509* certificate = X509_STORE_CTX_get0_cert(shown);
  const auto found = std::ranges::find_if(pins->known, [certificate](const Pinned& pinned) {
    return same_key(pinned.certificate.get(), certificate);
  });
  if (found != pins->known.end()) {
    pins->found = &*found;
    return 1;
  }
  X509_STORE_CTX_set_error(shown, X509_V_ERR_CERT_REVOKED);
  return 0;
}

Result<ContextPtr> context_for(const SSL_METHOD* method, const Folder& folder, Pins& pins) {
  ContextPtr context = new_context(method, TLS1_3_VERSION);
  const auto used = use_certificate(context.get(), folder.key_file(), folder.key_file());
  if (!used) return std::unexpected(used.error());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), check_pin, &pins);
  return context;
}

std::unique_ptr<TlsStream> make_stream(std::unique_ptr<Stream> carrier, SslPtr ssl) {
  auto stream = std::make_unique<TlsStream>(std::move(carrier), std::move(ssl));
  const std::string below = stream->remote();
  stream->set_remote(with_scheme(scheme_over(below), below));
  return stream;
}

/// The servers that a client may find at the target.
Result<std::vector<Pinned>> servers(const Keys& keys, const std::string& target) {
  auto known = Folder(keys.pair).peers();
  if (!known) return known;
  std::erase_if(*known, [&](const Pinned& pinned) {
    return keys.name.empty() ? pinned.host != host_of(target) : pinned.peer.name != keys.name;
  });
  return known;
}

std::string command_to_pair(const Keys& keys, const std::string& target) {
  return "vscclient pair " + target + ",pair=" + keys.pair;
}

std::string advise_client(const std::error_code& error, const Keys& keys,
                          const std::string& target) {
  if (error.category() == certificate_category()) {
    return "its key is not the one that was paired; if it has a new one, run " +
           command_to_pair(keys, target);
  }
  if (error == async::end_of_stream()) return "it closed the connection before TLS had begun";
  return error.message();
}

/// Whatever is wrong with a code, the server says the same.
std::string advise_pairing(const std::error_code& error) {
  if (error.category() == certificate_category())
    return "it does not pair: its address has no pair=DIR";
  if (error == std::error_code(SSL_AD_ILLEGAL_PARAMETER, alert_category()) ||
      error == std::error_code(SSL_AD_DECRYPT_ERROR, alert_category())) {
    return "it refused the code, which is wrong, was used or is too old; see its log, or let ctl "
           "pair show a new one there";
  }
  if (error == async::end_of_stream()) {
    return "it closed the connection before TLS had begun; does it have pair=DIR there?";
  }
  return error.message();
}

/// For the log of the listener.
std::string advise_server(const std::error_code& error, bool wanted_pairing, Desk& desk) {
  if (wanted_pairing && (error == Errc::WrongPsk || error == Errc::BrokenOff)) {
    return desk.note_refused() ? "it has a wrong code for pairing"
                               : "no code for pairing is open, or not any more; ctl pair shows one";
  }
  if (error.category() == certificate_category() || error == Errc::NoCertificate) {
    return "it is not paired; ctl pair shows a code for vscclient pair";
  }
  if (error == async::end_of_stream()) return "it closed the connection before TLS had begun";
  return error.message();
}

/// Those that a listener lets in.
Result<std::vector<Pinned>> clients(const Folder& folder, const Keys& keys) {
  auto known = folder.peers();
  if (!known || keys.peers.empty()) return known;
  std::erase_if(*known, [&keys](const Pinned& pinned) {
    return std::ranges::find(keys.peers, pinned.peer.name) == keys.peers.end();
  });
  return known;
}

/// It may have been unpaired while it shook hands.
bool is_known(const Folder& folder, const Pinned& peer) {
  const auto known = folder.peers();
  return known && std::ranges::any_of(*known, [&peer](const Pinned& pinned) {
           return pinned.peer.name == peer.peer.name &&
                  same_key(pinned.certificate.get(), peer.certificate.get());
         });
}

/// With a peer that has the code. The error is for the log.
Awaitable<Result<>> serve_pairing(TlsStream& stream, Desk& desk, Desk::CodeId code) {
  if (!desk.take_code(code)) {
    co_await say_code_used(stream);
    co_return std::unexpected("its code for pairing was used already, or is too old");
  }
  std::string fingerprint;
  const Keep keep = [&](const Stranger& stranger) {
    fingerprint = fingerprint_of(stranger.certificate.get());
    return desk.folder().add(stranger.name, "", stranger.certificate.get());
  };
  const auto name = co_await introduce_as_server(stream, host_name(), keep);
  if (!name) co_return std::unexpected("not paired: " + name.error().text);
  desk.tell(Notice::Severity::Info,
            stream.remote() + " is paired now as " + *name + " (" + fingerprint + ")");
  co_return Result<>();
}

}  // namespace

Result<> check_paired(const Keys& keys, const std::string& target) {
  const auto known = servers(keys, target);
  if (!known) return std::unexpected(known.error());
  if (!known->empty()) return Folder(keys.pair).open();
  const std::string who = keys.name.empty() ? host_of(target) : keys.name;
  return std::unexpected(who + " is not paired: run " + command_to_pair(keys, target));
}

Awaitable<Connected> connect_paired(std::unique_ptr<Stream> carrier, Keys keys,
                                    std::string target) {
  auto known = servers(keys, target);
  if (!known) co_return std::unexpected(ConnectError{known.error().text, Remedy::GiveUp});
  Pins pins{.known = std::move(*known), .found = nullptr};
  const auto context = context_for(TLS_client_method(), Folder(keys.pair), pins);
  if (!context) co_return std::unexpected(ConnectError{context.error().text, Remedy::GiveUp});
  SslPtr ssl(SSL_new(context->get()));
  SSL_set_connect_state(ssl.get());
  auto stream = make_stream(std::move(carrier), std::move(ssl));
  const std::error_code error = co_await stream->shake_hands();
  if (error) {
    const bool ours = error.category() == certificate_category() || error == Errc::SpeaksPlain;
    co_return std::unexpected(ConnectError{.text = advise_client(error, keys, target),
                                           .remedy = ours ? Remedy::GiveUp : Remedy::TryAgain,
                                           .reason = error});
  }
  Folder(keys.pair).note_seen(pins.found->peer.name);
  co_return std::move(stream);
}

Awaitable<Result<std::unique_ptr<Stream>>> accept_paired(std::unique_ptr<Stream> carrier,
                                                         std::shared_ptr<Desk> desk, Keys keys) {
  auto known = clients(desk->folder(), keys);
  if (!known) co_return std::unexpected(known.error());
  Pins pins{.known = std::move(*known), .found = nullptr};
  const Desk::Offer offer = desk->offer();
  const auto context = context_for(TLS_server_method(), desk->folder(), pins);
  if (!context) co_return std::unexpected(context.error());
  SSL_CTX_set_session_id_context(context->get(), kSessionContext.data(), kSessionContext.size());
  use_psks_as_server(context->get(), offer.psks);
  SslPtr ssl(SSL_new(context->get()));
  SSL_set_accept_state(ssl.get());
  Stream& plain = *carrier;
  auto stream = make_stream(std::move(carrier), std::move(ssl));
  const std::error_code error = co_await stream->shake_hands(kPauseBeforeRefusal);
  tell_plain_client(plain, error);
  const bool wanted_pairing = SSL_get_app_data(stream->ssl()) != nullptr;
  if (error) co_return std::unexpected(advise_server(error, wanted_pairing, *desk));
  if (!psk_name(stream->ssl()).empty()) {
    const auto paired = co_await serve_pairing(*stream, *desk, offer.code);
    co_return std::unexpected(paired ? "" : paired.error().text);
  }
  const std::string name = pins.found->peer.name;
  if (!is_known(desk->folder(), *pins.found)) {
    co_return std::unexpected(name + " is no longer paired");
  }
  desk->folder().note_seen(name);
  stream->set_remote(stream->remote() + " (" + name + ")");
  stream->keep(desk->enter(name, [served = stream.get()] { served->end(Errc::Unpaired); }));
  co_return std::move(stream);
}

Awaitable<Result<std::string>> pair(std::unique_ptr<Stream> carrier, Keys keys, std::string target,
                                    protocol::SecretBytes code) {
  const Folder folder(keys.pair);
  Pins nobody;
  const auto context = context_for(TLS_client_method(), folder, nobody);
  if (!context) co_return std::unexpected(context.error());
  Psks psks;
  psks.push_back({.name = kPskName, .key = std::move(code)});
  use_psks_as_client(context->get(), psks);
  SslPtr ssl(SSL_new(context->get()));
  SSL_set_connect_state(ssl.get());
  auto stream = make_stream(std::move(carrier), std::move(ssl));
  if (const auto error = co_await stream->shake_hands()) {
    co_return std::unexpected(advise_pairing(error));
  }
  const Keep keep = [&](const Stranger& stranger) {
    return folder.add(keys.name.empty() ? stranger.name : keys.name, host_of(target),
                      stranger.certificate.get());
  };
  co_return co_await introduce_as_client(*stream, host_name(), keep);
}

}  // namespace vscard::chardev::tls::pairing
