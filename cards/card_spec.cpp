#include "cards/card_spec.hpp"

#include "chardev/key_list.hpp"

#include <charconv>
#include <utility>

namespace vscard::cards {
namespace {

using Parsed = Result<CardSpec>;

/// libcacard's emulation string has no way to write these in a name.
constexpr std::string_view kNotInNames = ",()\"";

std::unexpected<std::string> wrong_key(const std::string& kind, const std::string& key,
                                       const std::string& known) {
  return std::unexpected("--card " + kind + " has no key '" + key + "'; there are " + known);
}

/// "sql:DIR" is how NSS writes it; here the folder is enough.
std::filesystem::path folder_of(std::string_view database) {
  if (database.starts_with("sql:")) database.remove_prefix(4);
  return {database};
}

Parsed parse_soft(const chardev::KeyList& list) {
  if (const auto key = list.other_than({"db", "cert", "name"})) {
    return wrong_key("soft", *key, "db, cert and name");
  }
  CardSpec spec{.kind = {}, .name = list.last("name").value_or("")};
  const auto database = list.last("db");
  const auto certificates = list.all("cert");
  if (!database) {
    if (!certificates.empty()) {
      return std::unexpected("--card soft with cert= needs the database, too: db=DIR");
    }
    spec.kind = DefaultSoftCard{};
    return spec;
  }
  SoftCard card{.database = folder_of(*database), .certificates = certificates};
  for (const std::string& certificate : card.certificates) {
    if (certificate.find_first_of(kNotInNames) != std::string::npos) {
      return std::unexpected("a certificate's nickname cannot have one of , ( ) \" in it: " +
                             certificate);
    }
  }
  spec.kind = std::move(card);
  return spec;
}

Parsed parse_nss(const chardev::KeyList& list) {
  if (const auto key = list.other_than({"db", "slot", "name"})) {
    return wrong_key("nss", *key, "db, slot and name");
  }
  const auto database = list.last("db");
  if (!database) {
    return std::unexpected(
        "--card nss needs the folder of the NSS database that names the PKCS#11 modules: db=DIR");
  }
  return CardSpec{.kind = TokenCard{.database = folder_of(*database), .slot = list.last("slot")},
                  .name = list.last("name").value_or("")};
}

Result<std::chrono::seconds> parse_hold(const std::string& text) {
  int seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || stop != end || seconds < 0 || seconds > kMaxHold.count()) {
    return std::unexpected("--card pcsc: hold= is a number of seconds from 0 to 30, not '" + text +
                           "'");
  }
  return std::chrono::seconds(seconds);
}

Parsed parse_pcsc(const chardev::KeyList& list) {
  if (const auto key = list.other_than({"reader", "share", "hold", "name"})) {
    return wrong_key("pcsc", *key, "reader, share, hold and name");
  }
  PcscCard card{.reader = list.last("reader")};
  const std::string share = list.last("share").value_or("shared");
  if (share != "shared" && share != "exclusive") {
    return std::unexpected("--card pcsc: share= is shared or exclusive, not '" + share + "'");
  }
  if (share == "exclusive") card.share = pcsc::Share::Exclusive;
  const auto hold = parse_hold(list.last("hold").value_or("0"));
  if (!hold) return std::unexpected(hold.error());
  card.hold = *hold;
  return CardSpec{.kind = std::move(card), .name = list.last("name").value_or("")};
}

}  // namespace

Result<CardSpec> parse_card_spec(std::string_view text) {
  const std::size_t colon = text.find_first_of(":,");
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (kind == "libcacard") {
    return CardSpec{.kind = EmulatedCard{.arguments = std::string(rest), .certificates = {}},
                    .name = ""};
  }
  if (kind != "soft" && kind != "nss" && kind != "pcsc") {
    return std::unexpected("there is no card '" + std::string(kind) +
                           "'; there are soft, soft:db=DIR,cert=NAME, nss:db=DIR, "
                           "pcsc:reader=NAME, libcacard:ARGS");
  }
  auto list = chardev::parse_key_list(rest.empty() ? "" : "," + std::string(rest));
  if (!list) return std::unexpected(list.error());
  if (kind == "pcsc") return parse_pcsc(*list);
  return kind == "soft" ? parse_soft(*list) : parse_nss(*list);
}

}  // namespace vscard::cards
