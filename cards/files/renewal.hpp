#pragma once

#include "cards/card_set.hpp"
#include "cards/files/options.hpp"
#include "cards/files/password.hpp"
#include "cards/piv/contents.hpp"
#include "cards/piv/state.hpp"
#include "program/file_stamps.hpp"

#include <optional>
#include <vector>

namespace vscard::cards::files {

/// What a PIV card shows of the files, after lines for the user about each certificate and about
/// what is left out. The failure is a line, too.
Result<std::vector<piv::KeyAndCertificate>> look_into(const CardSpec& spec,
                                                      const OpenOptions& options, Attempt attempt);

/// Follows the files of a card: when the user puts it back in and they have changed, it becomes
/// what they are now. If that fails, a line says why and the card stays as it was.
class Renewal {
 public:
  /// Before the files are read for the first time. The lines of `options` may be called from the
  /// thread that calls this object.
  Renewal(CardSpec spec, OpenOptions options);

  std::optional<piv::State> operator()(const piv::State& now);

 private:
  program::FileStamps look() const;

  CardSpec spec_;
  OpenOptions options_;
  program::FileStamps read_;  ///< the files as they were then
};

}  // namespace vscard::cards::files
