#include "certs-test/subject.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace vscard::certs_test {
namespace {

constexpr std::string_view kDomain = "example.test";  // RFC 6761: never a real one

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string folder_name(std::string_view name) {
  std::string folder;
  for (const char c : name) {
    const char lower = to_lower(c);
    if (is_lower_alnum(lower))
      folder += lower;
    else if (!folder.empty() && folder.back() != '-')
      folder += '-';
  }
  while (!folder.empty() && folder.back() == '-') folder.pop_back();
  return folder.empty() ? "card" : folder;
}

/// Only what needs no quoting where OpenSSL reads it.
bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return is_lower_alnum(to_lower(c)) || std::string_view("@.-_+").contains(c);
         });
}

bool is_name(std::string_view name) {
  const auto is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && std::ranges::none_of(name, is_control) &&
         std::ranges::count_if(name, is_character) <= static_cast<std::ptrdiff_t>(kMaxCommonName);
}

}  // namespace

Principal principal_of(const Subject& subject) {
  const std::size_t at = subject.address.find('@');
  Principal principal{.user = subject.address.substr(0, at),
                      .realm = subject.address.substr(at + 1)};
  std::ranges::transform(principal.realm, principal.realm.begin(), to_upper);
  return principal;
}

Result<Subject> parse_subject(std::string_view text) {
  const std::size_t open = text.find('<');
  Subject subject;
  subject.name = trim(text.substr(0, open));
  subject.folder = folder_name(subject.name);
  subject.address = fmt::format("{}@{}", subject.folder, kDomain);
  if (open != std::string_view::npos) {
    const std::string_view rest = trim(text.substr(open + 1));
    subject.address = rest.ends_with('>') ? rest.substr(0, rest.size() - 1) : "";
  }
  if (is_name(subject.name) && is_address(subject.address)) return subject;
  return std::unexpected(Failure{fmt::format(
      R"(a subject is a name of 1 to {} characters or "Name <user@domain>", not "{}"; an address has ASCII letters, digits and . - _ + )",
      kMaxCommonName, text)});
}

}  // namespace vscard::certs_test
