#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::pcsc_bridge::conf {

/// As many as pcscd has.
inline constexpr std::size_t kMaxReaders = 16;

/// An entry of pcscd's reader.conf(5) for our handler.
struct ConfReader {
  std::string name;    ///< pcscd adds " 00 00"
  std::string device;  ///< DEVICENAME: an endpoint
};

/// The names of all our readers begin so.
inline constexpr std::string_view kBeforeName = "vscard ";
/// Bytes of what follows: pcscd cuts a reader's name at 121, and adds to it.
inline constexpr std::size_t kMaxName = 100;

/// Can a user call a reader so? The error is a line for the user.
Result<> check_name(const std::string& name);

/// "vscard NAME", with '_' in place of what a reader's name should not have, cut at kMaxName.
std::string reader_name(const std::string& name);

/// May it stand in the file? A quote has no way to be written there.
bool fits_reader_conf(const std::string& device);

std::string reader_conf(const std::vector<ConfReader>& readers,
                        const std::filesystem::path& handler);

/// The handler: beside this program, as it is built, else where it is installed with it. The error
/// is a line for the user.
Result<std::filesystem::path> find_handler();

}  // namespace vscard::pcsc_bridge::conf
