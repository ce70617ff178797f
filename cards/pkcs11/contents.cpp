#include "cards/pkcs11/contents.hpp"

#include "cards/certificates/validity.hpp"
#include "cards/files/places.hpp"
#include "cards/files/shown.hpp"
#include "cards/piv/key_pair.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <p11-kit/p11-kit.h>
#include <utility>

namespace vscard::cards::pkcs11 {
namespace {

/// Of people: an authority's has no key on the token.
void add_certificate(Contents& contents, const TokenCertificate& certificate) {
  const std::uint8_t* in = certificate.der.data();
  files::Certificate parsed(d2i_X509(nullptr, &in, static_cast<long>(certificate.der.size())));
  files::Key key(parsed ? X509_get_pubkey(parsed.get()) : nullptr);
  if (!key) {
    contents.lines.push_back("the certificate '" + certificate.label + "' cannot be read");
    return;
  }
  if (X509_check_ca(parsed.get()) == 1) return;
  if (certificate.id.empty()) {
    contents.lines.push_back("the certificate " + files::subject_of(*parsed) +
                             " is left out: without an id (CKA_ID) nothing says which key is its");
    return;
  }
  contents.identities.push_back(
      {.key = std::move(key), .certificate = std::move(parsed), .name = certificate.label});
  contents.ids.push_back(certificate.id);
}

}  // namespace

std::string label_of(const Token& token) {
  return "the token '" + text_of(token.info().label) + "'";
}

Result<Contents> look_into(Token& token, const Uri& uri) {
  auto certificates = token.certificates();
  if (!certificates) {
    return std::unexpected(label_of(token) +
                           " cannot be read: " + p11_kit_strerror(certificates.error()));
  }
  // Tokens have them in any order.
  std::ranges::sort(*certificates, [](const auto& a, const auto& b) {
    return std::ranges::lexicographical_compare(a.id, b.id);
  });
  Contents contents{.read = std::move(*certificates)};
  for (const TokenCertificate& it : contents.read)
    if (uri.names_object(it.id, it.label)) add_certificate(contents, it);
  return contents;
}

Result<Shown> show(const Contents& contents, const Token& token, const std::string& card,
                   const OpenOptions& options) {
  auto lines = contents.lines;
  const auto places = files::places_of(contents.identities, certificates::now(), lines);
  for (const std::string& line : lines) options.warn(card + ": " + line);
  if (places.empty())
    return std::unexpected(label_of(token) + " has no key that a PIV card can show");
  files::report(card, places, options);
  Shown shown{.contents = files::contents_of(places), .keys = {}};
  for (const auto& place : places) {
    const auto index = static_cast<std::size_t>(place.identity - contents.identities.data());
    shown.keys[place.slot] = {.algorithm = piv::algorithm_of(*place.identity->key).value(),
                              .id = contents.ids.at(index)};
  }
  return shown;
}

}  // namespace vscard::cards::pkcs11
