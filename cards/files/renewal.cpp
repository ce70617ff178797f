#include "cards/files/renewal.hpp"

#include "cards/files/opening.hpp"
#include "cards/files/places.hpp"
#include "cards/files/read.hpp"
#include "cards/files/shown.hpp"

#include <utility>

namespace vscard::cards::files {

Result<std::vector<piv::KeyAndCertificate>> look_into(const CardSpec& spec,
                                                      const OpenOptions& options, Attempt attempt) {
  auto found = read_all(options_of(spec), options.tell, attempt);
  if (!found) return std::unexpected(found.error());
  const auto places = places_of(found->usable, certificates::now(), found->lines);
  const auto reported = report(*found, places.size(), "a PIV card", spec, options);
  if (!reported) return std::unexpected(reported.error());
  report(spec.name, places, options);
  return contents_of(places);
}

Renewal::Renewal(CardSpec spec, OpenOptions options)
    : spec_(std::move(spec)), options_(std::move(options)), read_(look()) {}

program::FileStamps Renewal::look() const {
  return program::FileStamps(paths_of(options_of(spec_).sources));
}

std::optional<piv::State> Renewal::operator()(const piv::State& now) {
  const program::FileStamps found = look();
  if (found == read_) return std::nullopt;
  options_.tell(spec_.name + ": its files have changed, and are read again");
  const auto contents = look_into(spec_, options_, Attempt::Again);
  auto next = contents ? piv::with_other_keys(now, *contents)
                       : Result<piv::State>(std::unexpected(contents.error()));
  if (!next) {
    options_.warn(spec_.name + ": the card stays as it was: " + next.error().text);
    return std::nullopt;
  }
  read_ = found;
  return std::move(*next);
}

}  // namespace vscard::cards::files
