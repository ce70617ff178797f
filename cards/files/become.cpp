// files::become(): what is to be a CAC. It needs NSS, which programs with PIV cards alone do not
// link.

#include "cards/files/cac.hpp"
#include "cards/files/kind.hpp"
#include "cards/files/opening.hpp"
#include "cards/files/options.hpp"
#include "cards/files/read.hpp"
#include "cards/libcacard/card_of_keys.hpp"

namespace vscard::cards::files {

Result<Became> become(const CardSpec& spec, const OpenOptions& options) {
  if (!is_cac(spec)) return Became{.spec = spec};
  auto found = read_all(options_of(spec), options.tell);
  if (!found) return std::unexpected(found.error());
  const auto fit = fit_for_cac(found->usable, certificates::now(), found->lines);
  const auto reported = report(*found, fit.size(), "a CAC", spec, options);
  if (!reported) return std::unexpected(reported.error());
  std::vector<libcacard::KeyAndCertificate> keys;
  for (const Identity* it : fit) keys.push_back({it->key.get(), it->certificate.get()});
  return libcacard::card_of_keys(spec.name, keys, pin_of(options),
                                 paths_of(options_of(spec).sources));
}

}  // namespace vscard::cards::files
