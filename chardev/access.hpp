#pragma once

#include "chardev/endpoint.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vscard::chardev {

/// What of a machine somebody uses: the sandbox lets a program have so much and no more.
struct Access {
  /// What is done in a folder, and in all folders below it. Each includes those before it, except
  /// that Place does not include Read and Open.
  enum class Use : std::uint8_t {
    Read,   ///< files are read
    Open,   ///< files and devices that are there are also written
    Place,  ///< sockets and links are made and removed
    Write,  ///< everything
    Own,    ///< everything, and it is made when it is not there
  };
  struct Folder {
    std::filesystem::path path;  ///< absolute
    Use use;
    bool operator==(const Folder&) const = default;
  };

  bool starts_programs = false;  ///< they may use anything
  bool unknown = false;          ///< a library that the user chose may use anything
  std::vector<Folder> folders = {};
  std::vector<std::uint16_t> ports = {};  ///< of TCP, to which it connects
  bool any_port = false;                  ///< a file says which

  bool unbounded() const { return starts_programs || unknown; }
  void add(const Access& other);
  /// A file that may be replaced while it is used: that means its folder, and that to which it
  /// leads.
  void add_file(const std::filesystem::path& file, Use use = Use::Read);
  void add_own(const std::filesystem::path& folder);
  bool covers(const Access& other) const { return !lacks(other); }
  /// What of the other's it does not have, for a line: "port 77", "the folder /run/a". Nothing: it
  /// has all.
  std::optional<std::string> lacks(const Access& other) const;
};

/// This process can use no other files from now on.
void note_confined();
/// What errno says of a file. Of a confined process, what keeps it from a file may be that the file
/// came to be elsewhere, as when a folder was replaced.
std::string file_error(int error);

/// Of an endpoint that has passed its check, whatever its transport is.
Access access_of(const Endpoint& endpoint);

}  // namespace vscard::chardev
