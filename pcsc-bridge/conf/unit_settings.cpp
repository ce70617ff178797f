#include "pcsc-bridge/conf/unit_settings.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <system_error>

namespace vscard::pcsc_bridge::conf {
namespace {

namespace fs = std::filesystem;

/// The first one wins.
constexpr std::array kFolders{"etc/systemd/system", "run/systemd/system",
                              "usr/local/lib/systemd/system", "usr/lib/systemd/system",
                              "lib/systemd/system"};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::vector<std::string> split(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

void read_file(const fs::path& file, UnitSettings& unit) {
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || line.starts_with('#') || line.starts_with(';')) continue;
    unit.add(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
  }
}

/// By their names.
std::map<fs::path, fs::path> drop_ins(const fs::path& root, const std::string& name) {
  std::map<fs::path, fs::path> files;
  for (const char* folder : kFolders) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(root / folder / (name + ".d"), none)) {
      if (entry.path().extension() != ".conf") continue;
      files.try_emplace(entry.path().filename(), entry.path());
    }
  }
  return files;
}

}  // namespace

std::vector<std::string> UnitSettings::values(std::string_view key) const {
  std::vector<std::string> values;
  for (const auto& [name, value] : settings_) {
    if (name != key) continue;
    if (value.empty()) values.clear();
    values.push_back(value);
  }
  return values;
}

std::optional<std::string> UnitSettings::last(std::string_view key) const {
  const auto all = values(key);
  return all.empty() || all.back().empty() ? std::nullopt : std::optional(all.back());
}

bool UnitSettings::is_on(std::string_view key) const {
  constexpr std::array kOff{"no", "false", "off", "0", "n", "f"};
  const auto value = last(key);
  return value && std::ranges::count(kOff, *value) == 0;
}

std::vector<std::string> UnitSettings::words(std::string_view key) const {
  std::vector<std::string> all;
  for (const std::string& value : values(key)) {
    for (std::string& word : split(value)) all.push_back(std::move(word));
  }
  return all;
}

bool UnitSettings::list_allows(std::string_view key, const std::vector<std::string>& names) const {
  const auto all = values(key);
  bool allowed = all.empty() || all.front().starts_with('~');
  for (const std::string& value : all) {
    const bool takes = value.starts_with('~');
    for (std::string word : split(takes ? value.substr(1) : value)) {
      word.erase(std::min(word.find(':'), word.size()));  // an errno
      if (std::ranges::count(names, word) != 0) allowed = !takes;
    }
  }
  return allowed;
}

UnitSettings read_unit(const fs::path& root, const std::string& name) {
  UnitSettings unit;
  for (const char* folder : kFolders) {
    std::error_code none;
    if (!fs::exists(root / folder / name, none)) continue;
    read_file(root / folder / name, unit);
    break;
  }
  for (const auto& [_, file] : drop_ins(root, name)) read_file(file, unit);
  return unit;
}

}  // namespace vscard::pcsc_bridge::conf
