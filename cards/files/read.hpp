#pragma once

#include "cards/files/identity.hpp"
#include "cards/files/options.hpp"
#include "cards/files/password.hpp"

#include <filesystem>
#include <functional>
#include <vector>

namespace vscard::cards::files {

/// What the files of a card have, in their order; of a folder those whose names end as such files'
/// do, in the order of their names. All PEM files count as one. `tell` gets lines before what takes
/// a while. The failure, and each line, begins with the file's name.
Result<Identities> read_all(const Options& options,
                            const std::function<void(const std::string&)>& tell,
                            Attempt attempt = Attempt::First);

/// The files that it reads. Those of a folder that cannot be read are not there.
std::vector<std::filesystem::path> paths_of(const std::vector<Source>& sources);

}  // namespace vscard::cards::files
