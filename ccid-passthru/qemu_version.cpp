#include "ccid-passthru/qemu_version.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>

namespace vscard::ccid_passthru {

std::optional<QemuVersion> parse_qemu_version(std::string_view text) {
  constexpr std::string_view kBefore = "version ";
  const std::size_t at = text.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  const char* const begin = text.data() + at + kBefore.size();
  const char* const end = text.data() + text.size();
  QemuVersion version;
  const auto major = std::from_chars(begin, end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc()) return std::nullopt;
  return version;
}

std::optional<QemuVersion> installed_qemu() {
  struct Close {
    void operator()(std::FILE* pipe) const { ::pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(
      ::popen("qemu-system-x86_64 --version 2>/dev/null", "re"));  // NOLINT(cert-env33-c)
  if (!pipe) return std::nullopt;
  std::array<char, 256> text{};
  return parse_qemu_version({text.data(), std::fread(text.data(), 1, text.size(), pipe.get())});
}

}  // namespace vscard::ccid_passthru
