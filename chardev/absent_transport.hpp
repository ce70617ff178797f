#pragma once

#include "chardev/transport.hpp"

#include <string_view>

namespace vscard::chardev {

/// A transport of which this build has the scheme alone: no address passes its check.
Transport absent_transport(std::string_view scheme);

}  // namespace vscard::chardev
