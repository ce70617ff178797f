#pragma once

#include "chardev/descriptor.hpp"
#include "protocol/bytes.hpp"
#include "protocol/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace vscard::capture {

/// The files of a capture, for this user alone. The newest has the path; those before it have their
/// age before its extension:
///
///     login.pcapng, login.1.pcapng, login.2.pcapng
///
/// A call may take as long as a disk does.
class Files {
 public:
  /// At most `count` files are kept, 1 or more.
  Files(std::filesystem::path path, std::size_t count) : path_(std::move(path)), count_(count) {}

  /// A new file: those before it get older by one, and the oldest goes. It takes the place of
  /// captures alone that nobody writes, and no link is followed. The error is a line for the user.
  Result<> begin();
  /// Appends whole blocks to the file. On an error it ends with a whole one.
  Result<> write(protocol::Bytes blocks);

 private:
  std::filesystem::path aged(std::size_t age) const;
  Result<> make_room() const;
  Result<> check_old() const;

  std::filesystem::path path_;
  std::size_t count_;
  chardev::Descriptor file_{-1};
  std::uint64_t size_ = 0;
};

}  // namespace vscard::capture
