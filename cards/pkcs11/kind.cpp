#include "cards/pkcs11/kind.hpp"

#include "cards/pkcs11/options.hpp"

#include <array>

namespace vscard::cards::pkcs11 {
namespace {

Result<std::any> parse(const chardev::KeyList& list) {
  if (const auto other = list.other_than({"name"})) {
    return std::unexpected("--card pkcs11 has no key '" + *other +
                           "'; a comma in the URI is doubled");
  }
  return Options{.uri = "pkcs11:" + list.head};
}

constexpr std::array kForms{
    CardForm{.text = "pkcs11:ATTRIBUTES",
             .meaning = "a PKCS#11 token by its URI (RFC 7512), as a PIV card, such as\n"
                        "pkcs11:token=NAME, or pkcs11: if there is only one"}};

}  // namespace

// Without an `access`: what a module uses, it alone knows.
constinit const Kind kPkcs11{.name = "pkcs11",
                             .stem = "pkcs11",
                             .forms = kForms,
                             .parse = parse,
                             .syntax = Kind::Syntax::Address,
                             .presence = Kind::Presence::Always};

}  // namespace vscard::cards::pkcs11
