#include "chardev/spice/ticket.hpp"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

namespace vscard::chardev::spice {
namespace {

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

}  // namespace

std::expected<std::vector<std::uint8_t>, Errc> encrypt_ticket(
    Bytes public_key, const protocol::SecretBytes& password) {
  const std::uint8_t* in = public_key.data();
  const std::unique_ptr<EVP_PKEY, KeyFree> key(
      d2i_PUBKEY(nullptr, &in, static_cast<long>(public_key.size())));
  if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1 || EVP_PKEY_get_size(key.get()) != kTicketSize) {
    return std::unexpected(Errc::BadMessage);
  }
  auto text = protocol::SecretBytes::with_capacity(password.size() + 1);
  text.append(password.view());
  text.push_back(0);  // the server takes it for a C string

  const std::unique_ptr<EVP_PKEY_CTX, KeyFree> context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::vector<std::uint8_t> ticket(kTicketSize);
  std::size_t size = ticket.size();
  const bool encrypted =
      context && EVP_PKEY_encrypt_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
      EVP_PKEY_encrypt(context.get(), ticket.data(), &size, text.view().data(), text.size()) == 1;
  if (!encrypted || size != kTicketSize) return std::unexpected(Errc::BadMessage);
  return ticket;
}

}  // namespace vscard::chardev::spice
