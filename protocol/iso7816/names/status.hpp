#pragma once

#include <cstdint>
#include <string>

namespace vscard::protocol::iso7816::names {

/// A status word in words, ISO 7816-4 §5.1.3: "not found", "tries left: 2". Empty: it has no
/// meaning that everybody knows.
std::string status_text(std::uint16_t status);

}  // namespace vscard::protocol::iso7816::names
