#include "pcsc-bridge/conf.hpp"

#include "chardev/endpoint.hpp"
#include "pcsc-bridge/reader_conf.hpp"
#include "program/log.hpp"
#include "program/process.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

namespace vscard::pcsc_bridge {
namespace {

namespace fs = std::filesystem;
using Result = std::expected<void, std::string>;

constexpr const char* kFile = "vscard";  ///< in pcscd's folder
constexpr const char* kRestart =
    "pcscd reads it when it starts: systemctl restart pcscd.socket pcscd.service";

/// A file that a reader's endpoint is in, where pcscd would not take it as it is.
struct EndpointFile {
  fs::path path;
  std::string text;
};

struct Configuration {
  std::string text;
  std::vector<EndpointFile> files;
};

Configuration configuration(const ConfOptions& options) {
  Configuration made;
  std::vector<ConfReader> readers;
  for (const std::string& endpoint : options.endpoints) {
    const std::string name = std::to_string(readers.size() + 1);
    std::string device = endpoint;
    if (!fits_device_name(endpoint)) {
      const fs::path file = fs::path("/etc/vscard") / ("reader" + name);
      made.files.push_back({.path = file, .text = endpoint + "\n"});
      device = file.string();
    }
    readers.push_back({.name = reader_name(name), .device = device});
  }
  made.text = reader_conf(readers, find_handler());
  return made;
}

/// Whole or not at all.
Result write_file(const fs::path& path, const std::string& text) {
  const auto failed = [&path](int error) {
    return std::unexpected("cannot write " + path.string() + ": " +
                           std::system_category().message(error) + " (are you root?)");
  };
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return failed(error.value());
  const fs::path draft = path.parent_path() / ("." + path.filename().string() + ".new");
  std::ofstream file(draft);
  file << text;
  file.close();
  if (!file) return failed(errno);
  fs::rename(draft, path, error);
  if (error) return failed(error.value());
  return {};
}

void print(const Configuration& made) {
  for (const EndpointFile& file : made.files) {
    fmt::print("# {}:\n#   {}", file.path.string(), file.text);
  }
  fmt::print("{}", made.text);
}

Result install(const ConfOptions& options, const Configuration& made) {
  for (const EndpointFile& file : made.files) {
    if (auto written = write_file(file.path, file.text); !written) return written;
  }
  const fs::path place = options.folder / kFile;
  if (auto written = write_file(place, made.text); !written) return written;
  log::info("wrote {}", place.string());
  log::info("{}", kRestart);
  return {};
}

Result remove(const ConfOptions& options) {
  const fs::path place = options.folder / kFile;
  std::error_code error;
  if (!fs::remove(place, error)) {
    return std::unexpected("cannot remove " + place.string() + ": " +
                           (error ? error.message() : "it is not there"));
  }
  for (std::size_t i = 1; i <= kMaxReaders; ++i) {
    fs::remove(fs::path("/etc/vscard") / ("reader" + std::to_string(i)), error);
  }
  log::info("removed {}", place.string());
  log::info("{}", kRestart);
  return {};
}

}  // namespace

int conf(const ConfOptions& options) {
  const Configuration made = configuration(options);
  Result done;
  switch (options.action) {
    case ConfOptions::Action::Print:
      print(made);
      break;
    case ConfOptions::Action::Install:
      done = install(options, made);
      break;
    case ConfOptions::Action::Remove:
      done = remove(options);
      break;
  }
  if (done) return 0;
  log::error("{}", done.error());
  return program::kFailed;
}

}  // namespace vscard::pcsc_bridge
