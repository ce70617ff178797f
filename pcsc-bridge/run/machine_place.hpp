#pragma once

#include "chardev/descriptor.hpp"
#include "pcsc-bridge/run/keeper.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace vscard::pcsc_bridge::run {

/// The machine's own folder of pcscd, which one process at a time can have. Whatever folder pcscd
/// finds there, it opens to all users. So while the folder is taken its name is a link to a private
/// one, into which other users cannot go. It is given back when this object is gone, or when this
/// process is, however that ends.
class MachinePlace {
 public:
  /// Opens the lock and looks at nothing else. `run` is the folder with pcscd's. The error is a
  /// line for the user, as those below.
  static Result<MachinePlace> open(std::filesystem::path run = "/run");

  /// False: another process has the place. Once it is true it stays so.
  Result<bool> lock();
  /// Makes pcscd's folder a link to `folder`, unless a pcscd is at work there. After lock().
  Result<> take(const std::filesystem::path& folder);

 private:
  MachinePlace(std::filesystem::path run, chardev::Descriptor lock)
      : run_(std::move(run)), lock_(std::move(lock)) {}

  std::filesystem::path run_;
  chardev::Descriptor lock_;
  std::optional<Keeper> keeper_;  ///< gives the place back; holds the lock until it has
};

}  // namespace vscard::pcsc_bridge::run
