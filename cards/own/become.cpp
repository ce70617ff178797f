#include "cards/libcacard/card.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/own/folder.hpp"
#include "cards/own/found.hpp"
#include "cards/own/kind.hpp"

namespace vscard::cards::own {
namespace {

libcacard::Card cac_of(const certs_test::CardEntry& entry, const std::filesystem::path& folder) {
  libcacard::SoftCard card{.database = folder / entry.folder, .certificates = {}};
  for (const auto& certificate : entry.certificates)
    card.certificates.push_back(certificate.nickname);
  return card;
}

}  // namespace

Result<Became> become(const CardSpec& spec, const OpenOptions& options) {
  const auto folder = card_folder();
  if (!folder) return std::unexpected(folder.error());
  const auto entry = open_or_make(*folder, options.new_pin, options.tell);
  if (!entry) return std::unexpected(entry.error());
  if (entry->type == certs_test::CardType::Piv) return piv_card_of(spec, *folder, *entry);
  Became became{.spec = spec};
  became.spec.kind = &libcacard::kSoft;
  became.spec.details = cac_of(*entry, *folder);
  return became;
}

}  // namespace vscard::cards::own
