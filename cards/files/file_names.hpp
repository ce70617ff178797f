#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace vscard::cards::files {

/// The key of --card soft that takes a file of this name: "p12", "pem" or, if its name does not
/// say, empty.
constexpr std::string_view key_of_file(std::string_view file) {
  constexpr std::array<std::string_view, 2> kPkcs12{".p12", ".pfx"};
  constexpr std::array<std::string_view, 4> kPem{".pem", ".crt", ".cer", ".key"};
  const auto ends = [file](std::string_view end) { return file.ends_with(end); };
  if (std::ranges::any_of(kPkcs12, ends)) return "p12";
  return std::ranges::any_of(kPem, ends) ? "pem" : "";
}

}  // namespace vscard::cards::files
