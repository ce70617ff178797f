#include "pcsc-bridge/run/pcscd.hpp"

#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/run/private_run.hpp"
#include "protocol/vsc/message.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;
using Started = Result<Pcscd>;

constexpr const char* kProgram = "/usr/sbin/pcscd";  // not on everybody's PATH
constexpr const char* kSocket = "pcscd.comm";

/// Writes what pcscd reads. `inside` is what it knows `folder` as.
Result<> write_configuration(const fs::path& folder, const fs::path& inside,
                             const std::vector<std::string>& names,
                             protocol::Duration apdu_timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(apdu_timeout).count();
  std::vector<conf::ConfReader> readers;
  for (std::size_t i = 0; i < names.size(); ++i) {
    readers.push_back({.name = names[i],
                       .device = fmt::format("listen:unix:{},peer-max-apdu={},apdu-timeout={}",
                                             reader_socket(inside, i).string(),
                                             protocol::vsc::kMaxPayload, seconds)});
  }
  const auto handler = conf::find_handler();
  if (!handler) return std::unexpected(handler.error());
  std::error_code failed;
  fs::create_directory(folder / "reader.conf.d", failed);
  std::ofstream conf(folder / "reader.conf.d" / "vscard");
  conf << conf::reader_conf(readers, *handler);
  if (!conf.flush()) return std::unexpected("cannot write below " + folder.string());
  return {};
}

/// Does pcscd know this option?
bool knows(const char* option) {
  struct Close {
    void operator()(std::FILE* pipe) const { ::pclose(pipe); }
  };
  const std::string command = std::string(kProgram) + " --help 2>&1";
  const std::unique_ptr<std::FILE, Close> help(
      ::popen(command.c_str(), "re"));  // NOLINT(cert-env33-c)
  std::string text(16384, '\0');
  if (help) text.resize(std::fread(text.data(), 1, text.size(), help.get()));
  return text.find(option) != std::string::npos;
}

std::vector<std::string> command_line(const fs::path& inside, log::Level level) {
  std::vector<std::string> words{kProgram, "--foreground", "--config",
                                 (inside / "reader.conf.d").string()};
  if (level <= log::Level::Debug) words.emplace_back(level == log::Level::Trace ? "-d" : "-i");
  if (level >= log::Level::Warning) words.emplace_back("--critical");
  if (knows("--disable-polkit")) words.emplace_back("--disable-polkit");
  return words;
}

bool answers(const fs::path& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const auto* const generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  const bool connected = ::connect(socket, generic, sizeof address) == 0;
  ::close(socket);
  return connected;
}

/// Where namespaces are refused.
Started start_in_the_open(const fs::path& folder, const std::vector<std::string>& readers,
                          protocol::Duration apdu_timeout, log::Level level,
                          const std::string& refused) {
  if (::geteuid() != 0) {
    return std::unexpected("this system refuses new namespaces (" + refused + "); " +
                           what_to_allow());
  }
  const fs::path socket = fs::path(kPcscdFolder) / kSocket;
  if (answers(socket)) {
    return std::unexpected("this system refuses new namespaces (" + refused +
                           "), and a pcscd is running already: stop it, or " + what_to_allow());
  }
  std::error_code failed;
  fs::create_directories(kPcscdFolder, failed);
  const auto written = write_configuration(folder, folder, readers, apdu_timeout);
  if (!written) return std::unexpected(written.error());
  auto process =
      Child::start({.command = command_line(folder, level), .environment = {}, .prepare = {}});
  if (!process) return std::unexpected(process.error().text);
  return Pcscd{.process = std::move(*process), .socket = socket};
}

}  // namespace

fs::path reader_socket(const fs::path& folder, std::size_t reader) {
  return folder / fmt::format("{}.sock", reader);
}

Started start_pcscd(const fs::path& folder, const std::vector<std::string>& readers,
                    protocol::Duration apdu_timeout, log::Level level) {
  if (::access(kProgram, X_OK) != 0) {
    return std::unexpected(std::string("there is no ") + kProgram + ": install the package pcscd");
  }
  const auto written = write_configuration(folder, kPcscdFolder, readers, apdu_timeout);
  if (!written) return std::unexpected(written.error());
  auto process =
      Child::start({.command = command_line(kPcscdFolder, level),
                    // The system's polkit would not know the uids of the namespace.
                    .environment = {{"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent"}},
                    .prepare = [&folder] { return enter_private_run(folder); }});
  if (process) return Pcscd{.process = std::move(*process), .socket = folder / kSocket};
  if (process.error().step == ChildError::Step::Program) {
    return std::unexpected(process.error().text);
  }
  return start_in_the_open(folder, readers, apdu_timeout, level, process.error().text);
}

}  // namespace vscard::pcsc_bridge::run
