#include "cards/files/password.hpp"

#include <unistd.h>

namespace vscard::cards::files {
namespace {

constexpr std::size_t kMaxPassword = 1000;  ///< bytes

Result<protocol::SecretBytes> read(const std::optional<chardev::SecretSource>& source,
                                   const std::string& file) {
  const std::string name = "password of " + file;
  chardev::SecretKind kind{.name = name, .max_size = kMaxPassword};
  if (!source) {
    if (::isatty(STDIN_FILENO) == 0) {
      return std::unexpected(
          Failure{"a password is needed: say password-file=FILE or password-fd=N"});
    }
    kind.fd_option = "terminal ";
    return chardev::read_secret_line(STDIN_FILENO, kind);
  }
  if (const auto* path = std::get_if<std::string>(&*source)) {
    return chardev::read_secret_line(*path, kind);
  }
  return chardev::read_secret_line(std::get<int>(*source), kind);
}

}  // namespace

bool Password::lies_in_file() const {
  return source_ && std::holds_alternative<std::string>(*source_);
}

Result<const protocol::SecretBytes*> Password::get(const std::string& file) {
  if (!read_) {
    if (attempt_ == Attempt::Again && !lies_in_file()) {
      return std::unexpected(
          "its password is needed and was not kept; start the program again, or say "
          "password-file=FILE");
    }
    auto password = read(source_, file);
    if (!password) return std::unexpected(password.error());
    read_ = std::move(*password);
  }
  return &*read_;
}

}  // namespace vscard::cards::files
