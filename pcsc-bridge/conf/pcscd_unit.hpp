#pragma once

#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <vector>

namespace vscard::pcsc_bridge::conf {

/// What this machine's pcscd may do, as its unit says: since version 2.3 it has few rights.
struct PcscdUnit {
  bool gives_files = true;                     ///< user= and group= of a socket
  std::vector<std::filesystem::path> hidden;   ///< folders in which it sees nothing, or its own
  bool read_only = false;                      ///< it may write in these folders alone:
  std::vector<std::filesystem::path> written;  ///< …

  bool operator==(const PcscdUnit&) const = default;
};

/// Reads pcscd.service with its drop-ins, as systemd.unit(5) has them, below `root`. Without a unit
/// pcscd may do everything.
PcscdUnit read_pcscd_unit(const std::filesystem::path& root);

// The errors are lines for the user.

Result<> check_sees(const PcscdUnit& unit, const std::filesystem::path& file);
/// The endpoint of a reader.
Result<> check_allows(const PcscdUnit& unit, const chardev::Endpoint& endpoint);

}  // namespace vscard::pcsc_bridge::conf
