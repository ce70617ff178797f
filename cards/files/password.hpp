#pragma once

#include "chardev/secret_input.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vscard::cards::files {

/// Which time the files are read.
enum class Attempt : std::uint8_t {
  First,
  Again,  ///< while the card is in use: only a password that lies in a file can be had
};

/// The password of a card's files, read when the first of them needs it: from where the user says,
/// else from the terminal. It is not kept longer than that.
class Password {
 public:
  explicit Password(std::optional<chardev::SecretSource> source = {},
                    Attempt attempt = Attempt::First)
      : source_(std::move(source)), attempt_(attempt) {}

  /// Does the user say where it is?
  bool given() const { return source_.has_value(); }
  /// Valid as long as this object. The failure says what to do.
  Result<const protocol::SecretBytes*> get(const std::string& file);

 private:
  bool lies_in_file() const;

  std::optional<chardev::SecretSource> source_;
  Attempt attempt_;
  std::optional<protocol::SecretBytes> read_;
};

}  // namespace vscard::cards::files
