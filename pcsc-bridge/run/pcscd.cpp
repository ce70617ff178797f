#include "pcsc-bridge/run/pcscd.hpp"

#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/run/private_run.hpp"
#include "protocol/vsc/message.hpp"

#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;
using chardev::Child;
using chardev::ChildError;
using Started = Result<Pcscd>;

constexpr const char* kProgram = "/usr/sbin/pcscd";  // not on everybody's PATH
constexpr const char* kSocket = "pcscd.comm";

/// pcscd's own folder.
fs::path service_folder(const PcscdOptions& options) { return options.folder / "p"; }

/// Writes what pcscd reads. `inside` is what it knows its folder as.
Result<> write_configuration(const PcscdOptions& options, const fs::path& inside) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(options.apdu_timeout).count();
  std::vector<conf::ConfReader> readers;
  for (std::size_t i = 0; i < options.readers.size(); ++i) {
    readers.push_back({.name = options.readers[i],
                       .device = fmt::format("listen:unix:{},apdu-timeout={},grace=0",
                                             reader_socket(inside, i).string(), seconds)});
  }
  const auto handler = conf::find_handler();
  if (!handler) return std::unexpected(handler.error());
  std::error_code failed;
  const fs::path folder = service_folder(options) / "reader.conf.d";
  fs::create_directories(folder, failed);
  std::ofstream conf(folder / "vscard");
  conf << conf::reader_conf(readers, *handler);
  if (!conf.flush()) return std::unexpected("cannot write below " + folder.string());
  return {};
}

/// Does pcscd know this option? Its file is searched, because to ask it by --help is to start it
/// once more.
bool knows(std::string_view option) {
  std::ifstream file(kProgram, std::ios::binary);
  const std::string program{std::istreambuf_iterator<char>(file), {}};
  return program.contains(option);
}

std::vector<std::string> command_line(const fs::path& inside, log::Level level) {
  std::vector<std::string> words{kProgram, "--foreground", "--config",
                                 (inside / "reader.conf.d").string()};
  if (level <= log::Level::Debug) words.emplace_back(level == log::Level::Trace ? "-d" : "-i");
  if (level >= log::Level::Warning) words.emplace_back("--critical");
  if (knows("disable-polkit")) words.emplace_back("--disable-polkit");
  return words;
}

/// Why a world cannot be had, and what helps.
std::unexpected<Failure> no_world(const std::string& refused, const std::string& why,
                                  const std::string& remedy = "") {
  return std::unexpected<Failure>("this system refuses new namespaces (" + refused + ")" + why +
                                  remedy + what_to_allow());
}

/// Tries for as long as the options say.
Result<bool> lock_in_time(MachinePlace& place, const PcscdOptions& options) {
  const auto until = std::chrono::steady_clock::now() + options.wait;
  auto locked = place.lock();
  if (locked == false && options.wait.count() > 0) {
    log::warning("waiting for another pcsc-bridge run, at most {} s", options.wait.count());
  }
  while (locked == false && std::chrono::steady_clock::now() < until) {
    if (auto passed = options.pass_time(); !passed) return std::unexpected(passed.error());
    locked = place.lock();
  }
  return locked;
}

/// The machine's place, when no other world has it.
Result<MachinePlace> wait_for_place(const PcscdOptions& options, const std::string& refused) {
  auto place = MachinePlace::open();
  if (!place) return place;
  const auto locked = lock_in_time(*place, options);
  if (!locked) return std::unexpected(locked.error());
  if (*locked) return place;
  std::string why = std::string(", and another pcsc-bridge run uses ") + kPcscdFolder;
  if (options.wait.count() > 0) why += fmt::format(", still after {} s", options.wait.count());
  return no_world(refused, why, ": wait for its end with --wait SECONDS, or ");
}

/// Where namespaces are refused.
Started start_in_the_open(const PcscdOptions& options, const std::string& refused) {
  if (::geteuid() != 0) return no_world(refused, "; ");
  auto place = wait_for_place(options, refused);
  if (!place) return std::unexpected(place.error());
  const fs::path folder = service_folder(options);
  const auto written = write_configuration(options, folder);
  if (!written) return std::unexpected(written.error());
  const auto taken = place->take(folder);
  if (!taken) return no_world(refused, ", and " + taken.error().text, ": stop what uses it, or ");
  auto process = Child::start(
      {.command = command_line(folder, options.level), .environment = {}, .prepare = {}});
  if (!process) return std::unexpected(process.error().text);
  return Pcscd{.place = std::move(*place),
               .process = std::move(*process),
               .socket = fs::path(kPcscdFolder) / kSocket,
               .readers = folder};
}

}  // namespace

fs::path reader_socket(const fs::path& folder, std::size_t reader) {
  return folder / fmt::format("{}.sock", reader);
}

Started start_pcscd(const PcscdOptions& options) {
  if (::access(kProgram, X_OK) != 0) {
    return std::unexpected(std::string("there is no ") + kProgram + ": install the package pcscd");
  }
  const auto written = write_configuration(options, kPcscdFolder);
  if (!written) return std::unexpected(written.error());
  const fs::path folder = service_folder(options);
  auto process =
      Child::start({.command = command_line(kPcscdFolder, options.level),
                    // The system's polkit would not know the uids of the namespace.
                    .environment = {{"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent"}},
                    .prepare = [&folder] { return enter_private_run(folder); }});
  if (process) {
    return Pcscd{
        .place = {}, .process = std::move(*process), .socket = folder / kSocket, .readers = folder};
  }
  if (process.error().step == ChildError::Step::Program) {
    return std::unexpected(process.error().text);
  }
  return start_in_the_open(options, process.error().text);
}

}  // namespace vscard::pcsc_bridge::run
