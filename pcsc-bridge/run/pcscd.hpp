#pragma once

#include "chardev/child.hpp"
#include "pcsc-bridge/run/machine_place.hpp"
#include "program/log.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// A pcscd for one command alone.
struct Pcscd {
  std::optional<MachinePlace> place;  ///< where there are no namespaces; freed after its end
  chardev::Child process;
  std::filesystem::path socket;   ///< PCSCLITE_CSOCK_NAME
  std::filesystem::path readers;  ///< the folder of reader_socket()
};

/// The longest name of a socket below PcscdOptions::folder.
inline constexpr std::string_view kLongestSocket = "/p/pcscd.comm";

struct PcscdOptions {
  /// For all its files. pcscd lets every user into its own folder, one below this. So other users
  /// must not be able to enter this one.
  std::filesystem::path folder;
  std::vector<std::string> readers;  ///< their names
  protocol::Duration apdu_timeout;
  log::Level level;
  std::chrono::seconds wait;            ///< for another world to end, where only one can be
  std::function<Result<>()> pass_time;  ///< called while it waits; an error ends that
};

/// Where the reader's card client connects to. `folder` is Pcscd::readers.
std::filesystem::path reader_socket(const std::filesystem::path& folder, std::size_t reader);

/// Starts a pcscd with these readers. Where there are no namespaces, root gets the machine's own
/// place of pcscd, if it is free. The error is a line for the user.
Result<Pcscd> start_pcscd(const PcscdOptions& options);

}  // namespace vscard::pcsc_bridge::run
