#include "pcsc-bridge/conf/conf.hpp"

#include "pcsc-bridge/conf/pcscd_unit.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/reader/channel_options.hpp"
#include "program/log.hpp"
#include "program/process.hpp"
#include "program/whole_file.hpp"

#include <fmt/core.h>

#include <system_error>

namespace vscard::pcsc_bridge::conf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "vscard";  ///< in pcscd's folder
constexpr mode_t kMode = 0644;
constexpr const char* kRestart =
    "pcscd reads it when it starts: systemctl restart pcscd.socket pcscd.service";

Result<std::string> configuration(const ConfOptions& options) {
  const auto handler = find_handler();
  if (!handler) return std::unexpected(handler.error());
  std::vector<ConfReader> readers;
  for (const std::string& endpoint : options.endpoints) {
    const std::string name = reader_name(std::to_string(readers.size() + 1));
    readers.push_back({.name = name, .device = endpoint});
  }
  return reader_conf(readers, *handler);
}

/// Would this machine's pcscd be able to use it?
Result<> check_device(const PcscdUnit& pcscd, const std::string& device) {
  if (device.starts_with('/')) {
    if (auto sees = check_sees(pcscd, device); !sees) return sees;
  }
  const auto understood = reader::parse_channel(device);
  if (!understood) return std::unexpected(understood.error());
  return check_allows(pcscd, understood->link.endpoint);
}

Result<> check_pcscd(const ConfOptions& options) {
  const PcscdUnit pcscd = read_pcscd_unit("/");
  if (const auto handler = find_handler()) {
    if (auto sees = check_sees(pcscd, *handler); !sees) return sees;
  }
  for (const std::string& device : options.endpoints) {
    if (auto good = check_device(pcscd, device); !good) return good;
  }
  return {};
}

/// Whole or not at all.
Result<> write_file(const fs::path& path, const std::string& text) {
  const auto failed = [&path](const std::string& reason) {
    return std::unexpected("cannot write " + path.string() + ": " + reason + " (are you root?)");
  };
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return failed(error.message());
  const auto written = program::write_whole_file(path, text, kMode);
  if (!written) return failed(written.error().text);
  return {};
}

Result<> print(const ConfOptions& options) {
  const auto text = configuration(options);
  if (!text) return std::unexpected(text.error());
  if (const auto good = check_pcscd(options); !good) log::warning("{}", good.error().text);
  fmt::print("{}", *text);
  return {};
}

Result<> install(const ConfOptions& options) {
  const fs::path place = options.folder / kFile;
  const auto text = configuration(options);
  if (!text) return std::unexpected(text.error());
  if (auto good = check_pcscd(options); !good) return good;
  if (auto written = write_file(place, *text); !written) return written;
  log::info("wrote {}", place.string());
  log::info("{}", kRestart);
  return {};
}

Result<> remove(const ConfOptions& options) {
  const fs::path place = options.folder / kFile;
  std::error_code error;
  if (!fs::remove(place, error)) {
    return std::unexpected("cannot remove " + place.string() + ": " +
                           (error ? error.message() : "it is not there"));
  }
  log::info("removed {}", place.string());
  log::info("{}", kRestart);
  return {};
}

}  // namespace

int conf_main(const ConfOptions& options) {
  Result<> done;
  switch (options.action) {
    case ConfOptions::Action::Print:
      done = print(options);
      break;
    case ConfOptions::Action::Install:
      done = install(options);
      break;
    case ConfOptions::Action::Remove:
      done = remove(options);
      break;
  }
  return done ? 0 : program::fail(done.error());
}

}  // namespace vscard::pcsc_bridge::conf
