#include "pcsc-bridge/conf/pcscd_unit.hpp"

#include "pcsc-bridge/conf/unit_settings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string>

namespace vscard::pcsc_bridge::conf {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlace =
    "pcscd and its clients meet in /run/vscard: unix:/run/vscard/NAME.sock,mode=0660 is open for "
    "the members of the group vscard";

/// Where our pcscd.service.d/vscard.conf is missing.
constexpr const char* kNoPlace =
    "install the package libifd-vscard, or vscard with cmake --install: then pcscd and its clients "
    "meet in /run/vscard";

bool is_below(const fs::path& path, const fs::path& folder) {
  const fs::path normal = path.lexically_normal();
  return std::mismatch(folder.begin(), folder.end(), normal.begin(), normal.end()).first ==
         folder.end();
}

bool is_below_any(const fs::path& path, const std::vector<fs::path>& folders) {
  return std::ranges::any_of(folders,
                             [&](const fs::path& folder) { return is_below(path, folder); });
}

/// fchownat(2) is allowed, and root's right to use it.
bool gives_files(const UnitSettings& unit) {
  const bool calls = unit.words("SystemCallFilter").empty() ||
                     unit.list_allows("SystemCallFilter",
                                      {"fchownat", "@chown", "@privileged", "@system-service"});
  const bool bounded = unit.list_allows("CapabilityBoundingSet", {"CAP_CHOWN"});
  const bool root =
      unit.last("User").value_or("root") == "root" ||
      (unit.last("AmbientCapabilities") && unit.list_allows("AmbientCapabilities", {"CAP_CHOWN"}));
  return calls && bounded && root;
}

std::vector<fs::path> written(const UnitSettings& unit) {
  std::vector<fs::path> folders;
  for (std::string word : unit.words("ReadWritePaths")) {
    if (word.starts_with('-') || word.starts_with('+')) word.erase(0, 1);
    folders.emplace_back(word);
  }
  for (const std::string& word : unit.words("RuntimeDirectory")) {
    folders.push_back(fs::path("/run") / word);
  }
  return folders;
}

std::string advice(const PcscdUnit& unit) {
  const bool may_meet = !unit.read_only || is_below_any("/run/vscard", unit.written);
  return may_meet ? kPlace : kNoPlace;
}

}  // namespace

PcscdUnit read_pcscd_unit(const fs::path& root) {
  const UnitSettings unit = read_unit(root, "pcscd.service");
  PcscdUnit read;
  read.gives_files = gives_files(unit);
  if (unit.is_on("ProtectHome")) read.hidden = {"/home", "/root", "/run/user"};
  if (unit.is_on("PrivateTmp")) read.hidden.insert(read.hidden.end(), {"/tmp", "/var/tmp"});
  read.read_only = unit.last("ProtectSystem") == "strict";
  read.written = written(unit);
  return read;
}

Result<> check_sees(const PcscdUnit& unit, const fs::path& file) {
  if (!is_below_any(file, unit.hidden)) return {};
  return std::unexpected(
      fmt::format("pcscd, as its service runs it, does not see {}", file.string()));
}

Result<> check_allows(const PcscdUnit& unit, const chardev::Endpoint& endpoint) {
  const std::string& path = endpoint.address.location;
  if (endpoint.address.scheme != "unix" || path.starts_with('@')) return {};
  const auto refused = [&](const std::string& why) {
    return std::unexpected(fmt::format("{}: {}; {}", endpoint.address.text(), why, advice(unit)));
  };
  const auto sees = check_sees(unit, path);
  if (!sees) return refused(sees.error().text);
  if (endpoint.mode != chardev::Endpoint::Mode::Listen) return {};
  const auto& keys = endpoint.address.keys;
  if (!unit.gives_files && (keys.last("user") || keys.last("group"))) {
    return refused("pcscd, as its service runs it, may give no file to a user or group");
  }
  if (unit.read_only && !is_below_any(path, unit.written)) {
    return refused("pcscd, as its service runs it, may make no file there");
  }
  return {};
}

}  // namespace vscard::pcsc_bridge::conf
