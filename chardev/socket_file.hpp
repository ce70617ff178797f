#pragma once

#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"

#include <string>
#include <sys/stat.h>
#include <sys/types.h>

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

/// Gives a socket file that was just bound its owner and mode; on an error it is removed. Its
/// folder may belong to somebody who has put another file in its place: nothing is done to that
/// one.
Result<> give_socket_file(const std::string& path, const SocketAccess& access);

/// Removes the socket file when it goes, unless another program has replaced it meanwhile.
class SocketFile {
 public:
  /// An empty path: there is no file.
  explicit SocketFile(std::string path);
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() { remove(); }

  void remove();

 private:
  std::string path_;  ///< empty: nothing to remove
  struct stat made_{};
};

}  // namespace vscard::chardev
