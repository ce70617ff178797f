#pragma once

#include "chardev/descriptor.hpp"
#include "protocol/failure.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace vscard::cards::recording {

/// A file to which lines are appended, each at once and with one call: what is in it stays, and a
/// program that is killed leaves whole lines. Nobody else can read a new one.
class File {
 public:
  /// A new file, or a recording, into which nobody else records; not what a link leads to. The
  /// failure begins with its name.
  static Result<File> open(const std::string& path);

  /// The failure: a part of the line may be there.
  Result<> append(std::string_view line) const;

 private:
  explicit File(chardev::Descriptor file) : file_(std::move(file)) {}
  Result<> prepare() const;
  bool begins_as_recording() const;
  Result<> end_last_line() const;

  chardev::Descriptor file_;
};

}  // namespace vscard::cards::recording
