#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::pcsc_bridge::conf {

/// The assignments of a unit of systemd and its drop-ins, systemd.syntax(7), in their order.
class UnitSettings {
 public:
  void add(std::string key, std::string value) {
    settings_.emplace_back(std::move(key), std::move(value));
  }

  std::optional<std::string> last(std::string_view key) const;
  /// Of a setting that may have more values than yes and no.
  bool is_on(std::string_view key) const;
  /// All words of a list: an empty assignment ends what was before it.
  std::vector<std::string> words(std::string_view key) const;
  /// Does a list such as SystemCallFilter= allow what it may call `names`? A list that begins with
  /// "~" takes away, another one allows nothing else; without a list, all is allowed.
  bool list_allows(std::string_view key, const std::vector<std::string>& names) const;

 private:
  std::vector<std::string> values(std::string_view key) const;

  std::vector<std::pair<std::string, std::string>> settings_;
};

/// Of the unit with this name below `root`; nothing, if there is none.
UnitSettings read_unit(const std::filesystem::path& root, const std::string& name);

}  // namespace vscard::pcsc_bridge::conf
