#include "pcsc-bridge/conf/reader_conf.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <system_error>

namespace vscard::pcsc_bridge::conf {
namespace {

constexpr const char* kInNames =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-";

}  // namespace

Result<> check_name(const std::string& name) {
  if (name.empty()) return std::unexpected("a reader's name cannot be empty");
  if (name.size() <= kMaxName) return {};
  return std::unexpected(
      fmt::format("a reader's name has {} bytes at most, not {}", kMaxName, name.size()));
}

std::string reader_name(const std::string& name) {
  std::string text = std::string(kBeforeName) + name.substr(0, kMaxName);
  for (char& c : text) {
    if (std::string_view(kInNames).find(c) == std::string_view::npos) c = '_';
  }
  return text;
}

bool fits_reader_conf(const std::string& device) {
  return std::ranges::none_of(
      device, [](char c) { return c == '"' || static_cast<unsigned char>(c) < ' '; });
}

std::string reader_conf(const std::vector<ConfReader>& readers,
                        const std::filesystem::path& handler) {
  std::string text = "# Made by pcsc-bridge.\n";
  for (std::size_t i = 0; i < readers.size(); ++i) {
    text += fmt::format(
        "\nFRIENDLYNAME  \"{}\"\nDEVICENAME    \"{}\"\nLIBPATH       {}\nCHANNELID     {}\n",
        readers[i].name, readers[i].device, handler.string(), i);
  }
  return text;
}

Result<std::filesystem::path> find_handler() {
  constexpr const char* kName = "libifdvscard.so";
  std::error_code failed;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  for (const auto& place : {folder, (folder / VSCARD_HANDLER_FOLDER).lexically_normal()}) {
    if (std::filesystem::exists(place / kName, failed)) return place / kName;
  }
  return std::unexpected("there is no " + std::string(kName) + " in " +
                         (folder / VSCARD_HANDLER_FOLDER).lexically_normal().string() +
                         ": install the package libifd-vscard, or vscard with cmake --install");
}

}  // namespace vscard::pcsc_bridge::conf
