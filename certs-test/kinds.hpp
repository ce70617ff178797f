#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

/// What a user may ask for: kinds of cards and of keys.
namespace vscard::certs_test {

enum class CardType : std::uint8_t {
  Cac,  ///< an NSS database, which libcacard shows as a CAC
  Piv,  ///< the folder of a PIV card
};

enum class KeyKind : std::uint8_t { Rsa2048, Rsa3072, Rsa4096, P256, P384 };

/// As options name them.
inline constexpr std::array<std::pair<CardType, std::string_view>, 2> kCardTypes{
    {{CardType::Cac, "cac"}, {CardType::Piv, "piv"}}};
inline constexpr std::array<std::pair<KeyKind, std::string_view>, 5> kKeyKinds{
    {{KeyKind::Rsa2048, "rsa2048"},
     {KeyKind::Rsa3072, "rsa3072"},
     {KeyKind::Rsa4096, "rsa4096"},
     {KeyKind::P256, "p256"},
     {KeyKind::P384, "p384"}}};

/// For people: "RSA-2048", "P-256".
constexpr std::string_view shown_as(KeyKind kind) {
  constexpr std::array<std::string_view, 5> kShown{"RSA-2048", "RSA-3072", "RSA-4096", "P-256",
                                                   "P-384"};
  return kShown.at(static_cast<std::size_t>(kind));
}

/// 0: it is not an RSA key.
constexpr int rsa_bits(KeyKind kind) {
  constexpr std::array kBits{2048, 3072, 4096, 0, 0};
  return kBits.at(static_cast<std::size_t>(kind));
}

constexpr bool is_rsa(KeyKind kind) { return rsa_bits(kind) != 0; }

/// What each key of a set is, by what it is for.
struct KeyKinds {
  KeyKind authority;  ///< of the CAs
  KeyKind identity;
  KeyKind signing;
  KeyKind encryption;
  bool operator==(const KeyKinds&) const = default;

  static constexpr KeyKinds all(KeyKind kind) { return {kind, kind, kind, kind}; }
};

/// The name of a value in one of the tables above.
template <class Value, std::size_t N>
constexpr std::string_view name_in(const std::array<std::pair<Value, std::string_view>, N>& table,
                                   Value value) {
  return std::ranges::find(table, value, &std::pair<Value, std::string_view>::first)->second;
}

template <class Value, std::size_t N>
constexpr std::optional<Value> value_in(
    const std::array<std::pair<Value, std::string_view>, N>& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &std::pair<Value, std::string_view>::second);
  return found == table.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace vscard::certs_test
