#include "cards/libcacard/choice.hpp"

#include "cards/libcacard/fitness.hpp"
#include "cards/libcacard/uri.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <set>
#include <tuple>

namespace vscard::cards::libcacard {
namespace {

using Certificates = std::vector<Certificate>;
using Condition = std::function<bool(const Certificate&)>;
using Time = std::chrono::sys_seconds;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// "01:0A" and "010a" as Certificate has them; a word that is not a number compares unequal.
std::string plain_hex(std::string text) {
  std::erase(text, ':');
  return upper(text);
}

std::string without_zeros(const std::string& number) {
  const auto first = number.find_first_not_of('0');
  return first == std::string::npos ? "0" : number.substr(first);
}

bool is_number_of(const std::string& word, const Certificate& it) {
  const std::string number = plain_hex(word);
  return number == it.sha1 || number == it.sha256 ||
         (!number.empty() && without_zeros(number) == without_zeros(it.serial));
}

bool is_address_of(const std::string& word, const Certificate& it) {
  return std::ranges::any_of(
      it.addresses, [&](const std::string& address) { return upper(address) == upper(word); });
}

Certificates those_with(const Certificates& all, const Condition& condition) {
  Certificates found;
  std::ranges::copy_if(all, std::back_inserter(found), condition);
  return found;
}

/// Of all that there is, those with the condition; all, if none has it.
void prefer(Certificates& certificates, const Condition& condition) {
  auto better = those_with(certificates, condition);
  if (!better.empty()) certificates = std::move(better);
}

Result<Certificates> find(const Collection& from, const std::string& word) {
  if (word.starts_with(kUriScheme)) {
    Certificates found;
    for (const Certificate& it : from.certificates) {
      const auto named = uri_names(word, it, from.label);
      if (!named) return std::unexpected("not a pkcs11: URI as in RFC 7512: " + word);
      if (*named) found.push_back(it);
    }
    return found;
  }
  const std::array<Condition, 3> ways{
      [&](const Certificate& it) {
        return it.nickname == word || from.label + ":" + it.nickname == word;
      },
      [&](const Certificate& it) { return is_address_of(word, it); },
      [&](const Certificate& it) { return is_number_of(word, it); }};
  for (const Condition& way : ways) {
    auto found = those_with(from.certificates, way);
    if (!found.empty()) return found;
  }
  return Certificates{};
}

std::string uses_of(const Certificate& it) {
  std::string uses;
  const auto add = [&](bool used, const char* use) {
    if (used) uses += (uses.empty() ? "" : ", ") + std::string(use);
  };
  const bool login = it.usages.login == Usages::Login::Named;
  add(login, "login");
  add(it.usages.signature && !login, "signature");
  add(it.usages.non_repudiation, "documents");
  add(it.usages.encryption, "encryption");
  return uses;
}

/// As a word for cert= that means this one alone, with what it is.
std::string ready_to_paste(const Certificate& it, const Certificates& all) {
  const auto same = std::ranges::count(all, it.serial, &Certificate::serial);
  return "cert=" + (same == 1 ? it.serial : it.sha256) + " (" + describe(it) + "; " + uses_of(it) +
         (it.key_presence == KeyPresence::Missing ? "; without its key)" : ")");
}

std::string list(const Certificates& certificates, const Certificates& all) {
  std::string text;
  for (const Certificate& it : certificates) {
    text += (text.empty() ? "" : " or ") + ready_to_paste(it, all);
  }
  return text;
}

}  // namespace

std::string names_of(const Certificates& certificates) {
  std::set<std::string> names;
  for (const Certificate& it : certificates) {
    names.insert(it.nickname.empty() ? it.serial : it.nickname);
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

void drop_older(std::vector<Certificate>& certificates, std::chrono::sys_seconds now) {
  std::ranges::sort(certificates, std::greater{}, [&](const Certificate& it) {
    return std::tuple(is_valid_at(it.validity, now), it.validity.until, it.sha256);
  });
  std::set<std::string> seen;
  std::erase_if(certificates, [&](const Certificate& it) {
    return !seen.insert(it.id.empty() ? it.sha256 : it.id).second;
  });
}

Failure no_such_certificate(const Collection& from, const std::string& word) {
  return "there is no certificate '" + word + "' in " + from.place + "; it has " +
         names_of(from.certificates);
}

Result<Certificate> choose(const Collection& from, const std::string& word, Time now) {
  auto found = find(from, word);
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return std::unexpected(no_such_certificate(from, word));
  prefer(*found, [](const auto& it) { return it.key_presence != KeyPresence::Missing; });
  prefer(*found, [&](const auto& it) { return is_valid_at(it.validity, now); });
  drop_older(*found, now);
  if (found->size() == 1) return found->front();
  return std::unexpected("'" + word + "' names several certificates in " + from.place +
                         "; use one of these: " + list(*found, from.certificates));
}

}  // namespace vscard::cards::libcacard
