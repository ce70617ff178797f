#pragma once

#include "pcsc-bridge/run/child.hpp"
#include "program/log.hpp"
#include "protocol/failure.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// A pcscd for one command alone.
struct Pcscd {
  Child process;
  std::filesystem::path socket;  ///< PCSCLITE_CSOCK_NAME
};

/// Where the reader's card client connects to.
std::filesystem::path reader_socket(const std::filesystem::path& folder, std::size_t reader);

/// Starts a pcscd with these readers, whose files are all in `folder`. Where there are no
/// namespaces, root gets the machine's own place of pcscd, if it is free. The error is a line for
/// the user.
Result<Pcscd> start_pcscd(const std::filesystem::path& folder,
                          const std::vector<std::string>& readers, protocol::Duration apdu_timeout,
                          log::Level level);

}  // namespace vscard::pcsc_bridge::run
