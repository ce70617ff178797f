// In place of the rest of the folder where VSCARD_LIBCACARD is OFF: what makes the card needs NSS.

#include "cards/own/kind.hpp"

namespace vscard::cards::own {

constinit const Kind kOwn{.name = "soft", .lacks = "VSCARD_LIBCACARD"};

Result<Became> become(const CardSpec& /*spec*/, const OpenOptions& /*options*/) {
  return std::unexpected(Failure{"this build has no libcacard"});
}

bool is_piv_card() { return false; }

Result<Became> become_piv_card(const CardSpec& spec, const OpenOptions& options) {
  return become(spec, options);
}

}  // namespace vscard::cards::own
