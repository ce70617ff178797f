#pragma once

#include <compare>
#include <optional>
#include <string_view>

/// QEMU's command line differs between its versions, and --print shows it for the one that is here.
namespace vscard::ccid_passthru {

struct QemuVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const QemuVersion&) const = default;
};

/// From what `qemu-system-x86_64 --version` prints: "QEMU emulator version 7.2.22 (Debian …)".
std::optional<QemuVersion> parse_qemu_version(std::string_view text);

/// That of the QEMU on the PATH, if there is one.
std::optional<QemuVersion> installed_qemu();

}  // namespace vscard::ccid_passthru
