#include "cards/pkcs11/renewal.hpp"

#include <utility>

namespace vscard::cards::pkcs11 {

Renewal::Renewal(std::string card, Uri uri, OpenOptions options, std::vector<TokenCertificate> read)
    : card_(std::move(card)),
      uri_(std::move(uri)),
      options_(std::move(options)),
      read_(std::move(read)) {}

std::optional<piv::State> Renewal::operator()(const piv::State& now, TokenKeys& keys) {
  auto contents = look_into(keys.token(), uri_);
  if (contents && contents->read == read_) return std::nullopt;
  auto next = contents ? renewed(now, keys, *contents)
                       : Result<piv::State>(std::unexpected(contents.error()));
  if (!next) {
    options_.warn(card_ + ": the card stays as it was: " + next.error().text);
    return std::nullopt;
  }
  read_ = std::move(contents->read);
  return std::move(*next);
}

Result<piv::State> Renewal::renewed(const piv::State& now, TokenKeys& keys,
                                    const Contents& contents) {
  options_.tell(card_ + ": the certificates of " + label_of(keys.token()) + " have changed");
  auto shown = show(contents, keys.token(), card_, options_);
  if (!shown) return std::unexpected(shown.error());
  auto next = piv::with_other_keys(now, shown->contents, piv::Custody::Holder);
  if (next) keys.replace(std::move(shown->keys));
  return next;
}

}  // namespace vscard::cards::pkcs11
