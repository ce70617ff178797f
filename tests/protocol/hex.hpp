#pragma once

#include "tests/fakes/hex.hpp"

namespace vscard::protocol::test {

using fakes::counting;
using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;

}  // namespace vscard::protocol::test
