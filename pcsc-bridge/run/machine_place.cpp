#include "pcsc-bridge/run/machine_place.hpp"

#include "chardev/regular_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <tuple>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;

fs::path service(const fs::path& run) { return run / "pcscd"; }
/// Where the machine's folder is meanwhile.
fs::path aside(const fs::path& run) { return run / "pcscd.pcsc-bridge"; }
fs::path lock_file(const fs::path& run) { return run / "pcsc-bridge.lock"; }

bool there_is(const fs::path& path) {
  std::error_code failed;
  return fs::exists(fs::symlink_status(path, failed));
}

/// A link to the folder of a world?
bool is_ours(const fs::path& path) {
  std::error_code failed;
  const fs::path target = fs::read_symlink(path, failed);
  return target.parent_path().filename().native().starts_with("pcsc-bridge-");
}

/// Does nothing if nothing has been taken.
std::error_code give_back(const fs::path& run) {
  std::error_code failed;
  if (is_ours(service(run))) fs::remove(service(run), failed);
  if (!failed && there_is(aside(run)) && !there_is(service(run))) {
    fs::rename(aside(run), service(run), failed);
  }
  return failed;
}

bool answers(const fs::path& path) {
  const chardev::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const auto* const generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  return ::connect(socket.number(), generic, sizeof address) == 0;
}

std::error_code exchange(const fs::path& run, const fs::path& folder) {
  std::error_code failed;
  if (there_is(service(run))) fs::rename(service(run), aside(run), failed);
  if (!failed) fs::create_directory_symlink(folder, service(run), failed);
  return failed;
}

}  // namespace

Result<MachinePlace> MachinePlace::open(fs::path run) {
  const fs::path file = lock_file(run);
  auto lock = chardev::open_regular_file(file, O_RDWR | O_CREAT);
  if (!lock) {
    return std::unexpected("cannot open the lock " + file.string() + ": " + lock.error().text);
  }
  return MachinePlace(std::move(run), std::move(*lock));
}

Result<bool> MachinePlace::lock() {
  if (::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK || errno == EINTR) return false;
  return std::unexpected("cannot lock " + lock_file(run_).string() + ": " +
                         std::system_category().message(errno));
}

Result<> MachinePlace::take(const fs::path& folder) {
  const fs::path place = service(run_);
  // What is left of one that was killed together with its keeper.
  std::error_code failed = give_back(run_);
  if (!failed && answers(place / "pcscd.comm")) {
    return std::unexpected("a pcscd is running already in " + place.string());
  }
  // Nobody is left to be told of a failure; the next take() tries again.
  const auto last = [run = run_] { std::ignore = give_back(run); };
  auto keeper = Keeper::start(last, lock_.number());
  if (!keeper) return std::unexpected(keeper.error());
  keeper_.emplace(std::move(*keeper));
  if (!failed) failed = exchange(run_, folder);
  if (!failed) return {};
  return std::unexpected("cannot move " + place.string() + " to " + aside(run_).string() + ": " +
                         failed.message());
}

}  // namespace vscard::pcsc_bridge::run
