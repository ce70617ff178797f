#pragma once

#include "chardev/descriptor.hpp"
#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <utility>

namespace vscard::chardev {

inline constexpr mode_t kAccessMode = 0777;  ///< the bits of a mode that say who may open a file

/// Who owns the socket file and who may open it.
struct SocketAccess {
  static constexpr auto kLeft = static_cast<uid_t>(-1);  ///< as it is, for chown(2)

  mode_t mode = 0600;
  uid_t user = kLeft;
  gid_t group = kLeft;
};

/// What the keys mode, user and group of an address mean. The two names are looked up here, when
/// the socket is to be made: whoever prints or plans it may do so before they exist.
Result<SocketAccess> socket_access(const Address& address);

/// The file of a UNIX socket, in its folder, which is held from before the bind on. The folder, or
/// one above it, may belong to another user, who puts something else in its place: to that nothing
/// is done.
class SocketFile {
 public:
  /// The error is the system's: there is no such folder.
  static Result<SocketFile> at(const std::string& path);
  SocketFile() = default;  ///< there is no file
  SocketFile(SocketFile&& other) noexcept
      : folder_(std::move(other.folder_)),
        name_(std::move(other.name_)),
        made_(std::exchange(other.made_, std::nullopt)) {}
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  SocketFile& operator=(SocketFile&&) = delete;
  ~SocketFile() { remove(); }

  /// Removes the socket of a program that was killed: one that is there, and on which, as the
  /// caller finds, nobody listens.
  void remove_stale(const std::function<bool()>& nobody_listens) const;
  /// Gives the socket that was just bound its owner and mode; on an error it is removed. From then
  /// on it is gone with this object, unless another program has replaced it.
  Result<> give(const SocketAccess& access);
  void remove();

 private:
  SocketFile(Descriptor folder, std::string name)
      : folder_(std::move(folder)), name_(std::move(name)) {}
  std::optional<struct stat> look() const;
  void remove(const struct stat& file) const;
  std::unexpected<Failure> failure(const std::string& what = "");

  Descriptor folder_{-1};
  std::string name_;
  std::optional<struct stat> made_;  ///< what to remove
};

}  // namespace vscard::chardev
