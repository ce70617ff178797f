#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <string>

/// The folder in which pcscd has its socket is compiled into it. A pcscd of our own lives in
/// namespaces in which that name is another folder.
namespace vscard::pcsc_bridge::run {

inline constexpr const char* kPcscdFolder = "/run/pcscd";

/// Moves the calling process into namespaces of its own, in which kPcscdFolder is `folder`. Root
/// does it as root, others in a user namespace in which they are root. The error tells the call
/// that was refused.
Result<> enter_private_run(const std::filesystem::path& folder);

/// What must be allowed where enter_private_run() was refused, for an error line.
std::string what_to_allow();

}  // namespace vscard::pcsc_bridge::run
