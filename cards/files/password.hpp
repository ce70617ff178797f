#pragma once

#include "chardev/secret_input.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <optional>
#include <string>

namespace vscard::cards::files {

/// The password of a card's files, read when the first of them needs it: from where the user says,
/// else from the terminal.
class Password {
 public:
  explicit Password(std::optional<chardev::SecretSource> source = {})
      : source_(std::move(source)) {}

  /// Does the user say where it is?
  bool given() const { return source_.has_value(); }
  /// Valid as long as this object. The failure says what to do.
  Result<const protocol::SecretBytes*> get(const std::string& file);

 private:
  std::optional<chardev::SecretSource> source_;
  std::optional<protocol::SecretBytes> read_;
};

}  // namespace vscard::cards::files
