#include "program/pairing_commands.hpp"

#include "program/common_commands.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vscard::program {
namespace {

using chardev::PairedPeer;

constexpr const char* kNowhere = "nothing here listens with tls://HOST:PORT,pair=DIR";

ListRow row_of(const PairedPeer& peer) {
  return {.json = Json::object({{"fingerprint", peer.fingerprint},
                                {"last_seen", peer.last_seen},
                                {"peer", peer.name},
                                {"since", peer.since}}),
          .text = fmt::format("{}  {}  since {}  last seen {}", peer.name, peer.fingerprint,
                              peer.since, peer.last_seen)};
}

/// Each once: listeners may share a folder.
Result<std::vector<ListRow>> rows_of(const std::vector<PairingPlace>& places) {
  std::vector<PairedPeer> peers;
  for (const PairingPlace& place : places) {
    const auto found = place.pairing->peers();
    if (!found) return std::unexpected(found.error());
    for (const PairedPeer& peer : *found) {
      if (std::ranges::find(peers, peer) == peers.end()) peers.push_back(peer);
    }
  }
  std::vector<ListRow> rows;
  for (const PairedPeer& peer : peers) rows.push_back(row_of(peer));
  return rows;
}

Result<std::string> pair(const std::vector<PairingPlace>& places, const Words& arguments) {
  if (places.empty()) return std::unexpected(kNowhere);
  std::string codes;
  for (const PairingPlace& place : places) {
    if (!arguments.empty() && arguments.front() != place.name) continue;
    codes += (codes.empty() ? "" : "\n") + place.pairing->open_code();
  }
  if (codes.empty()) return std::unexpected("'" + arguments.front() + "' does not pair");
  return codes;
}

/// Of all that have it: listeners that share a folder each have connections of their own.
Result<std::string> unpair(const std::vector<PairingPlace>& places, const std::string& peer) {
  if (places.empty()) return std::unexpected(kNowhere);
  bool done = false;
  std::optional<Failure> failed;
  for (const PairingPlace& place : places) {
    const auto unpaired = place.pairing->unpair(peer);
    if (unpaired) done = true;
    if (!unpaired) failed = unpaired.error();
  }
  if (!done) return std::unexpected(*failed);
  return "";
}

}  // namespace

std::vector<Command> pairing_commands(const std::string& kind, PairingPlaces places) {
  return {
      {.name = "pair",
       .usage = "[" + kind + "]",
       .text = "show a code for vscclient pair, for a further machine",
       .run = [places](const Words& arguments) { return pair(places(), arguments); }},
      rows_command("pairings", "the machines that were paired: name, key, since, last seen",
                   [places] { return rows_of(places()); }),
      {.name = "unpair",
       .usage = "PEER",
       .text = "no longer let a machine of pairings in",
       .run = [places](const Words& arguments) { return unpair(places(), arguments.front()); }}};
}

}  // namespace vscard::program
