#pragma once

#include "cards/files/identity.hpp"
#include "cards/files/options.hpp"

#include <functional>

namespace vscard::cards::files {

/// What the files of a card have, in their order; of a folder those whose names end as such files'
/// do, in the order of their names. All PEM files count as one. `tell` gets lines before what takes
/// a while. The failure, and each line, begins with the file's name.
Result<Identities> read_all(const Options& options,
                            const std::function<void(const std::string&)>& tell);

}  // namespace vscard::cards::files
