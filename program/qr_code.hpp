#pragma once

#include <string>

namespace vscard::program {

/// The text as a QR code for a terminal of any colours: lines of half blocks, dark on light, with
/// the quiet zone of ISO/IEC 18004. Empty where it is too long.
std::string qr_code(const std::string& text);

}  // namespace vscard::program
