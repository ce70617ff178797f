#pragma once

#include <string>
#include <vector>

namespace vscard::vscclient {

/// `vscclient list-readers [--json]`: the readers of PC/SC's, for --card pcsc:reader=NAME. The exit
/// status.
int list_readers_main(const std::vector<std::string>& arguments);

}  // namespace vscard::vscclient
