#pragma once

#include "ccid-passthru/qemu_version.hpp"
#include "ccid-passthru/reader_spec.hpp"
#include "protocol/failure.hpp"

#include <optional>
#include <string>
#include <vector>

/// What a virtual machine is given so that it meets the readers at their usbredir endpoints: where
/// a reader connects, the machine listens, and the other way round. The error is a line for the
/// user.
namespace vscard::ccid_passthru {

/// Arguments of qemu-system-*, a line for each device, ready for a shell. A version that is not
/// known is taken for a new one.
Result<std::string> qemu_arguments(const std::vector<ReaderSpec>& readers,
                                   std::optional<QemuVersion> version);
/// Elements for a domain's <devices>.
Result<std::string> libvirt_devices(const std::vector<ReaderSpec>& readers);

/// The text as one word of a shell.
std::string shell_word(const std::string& text);

}  // namespace vscard::ccid_passthru
