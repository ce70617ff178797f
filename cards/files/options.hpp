#pragma once

#include "cards/kind.hpp"
#include "chardev/secret_input.hpp"

#include <any>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::files {

/// A file, or a folder of them, as --card names it.
struct Source {
  enum class Form : std::uint8_t { Pem, Pkcs12 };
  Form form = Form::Pem;
  std::string path;
};

/// Which kind of card shows what the files have.
enum class As : std::uint8_t {
  Piv,
  Cac,  ///< by libcacard
};

/// What CardSpec::details is for kFiles.
struct Options {
  std::vector<Source> sources;                         ///< in their order; at least one
  std::optional<chardev::SecretSource> password = {};  ///< of all of them
  As as = As::Piv;
};

/// `spec` is of this kind.
inline Options options_of(const CardSpec& spec) { return std::any_cast<Options>(spec.details); }

}  // namespace vscard::cards::files
