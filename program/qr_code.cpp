#include "program/qr_code.hpp"

#include <memory>
#include <qrencode.h>

namespace vscard::program {
namespace {

constexpr int kQuiet = 4;  ///< modules, ISO/IEC 18004 §6.3.8

constexpr const char* kBlackOnWhite = "\x1b[30;107m";
constexpr const char* kReset = "\x1b[0m";

using Code = std::unique_ptr<QRcode, decltype(&QRcode_free)>;

bool is_dark(const QRcode& code, int x, int y) {
  if (x < 0 || y < 0 || x >= code.width || y >= code.width) return false;
  return (code.data[y * code.width + x] & 1) != 0;
}

/// Two rows of modules.
const char* block(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

}  // namespace

std::string qr_code(const std::string& text) {
  const Code code(QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), QRcode_free);
  if (!code) return "";
  std::string lines;
  for (int y = -kQuiet; y < code->width + kQuiet; y += 2) {
    lines += kBlackOnWhite;
    for (int x = -kQuiet; x < code->width + kQuiet; ++x) {
      lines += block(is_dark(*code, x, y), is_dark(*code, x, y + 1));
    }
    lines += std::string(kReset) + "\n";
  }
  return lines;
}

}  // namespace vscard::program
