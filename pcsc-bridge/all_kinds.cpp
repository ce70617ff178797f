#include "pcsc-bridge/all_kinds.hpp"

#include "cards/libcacard/kinds.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace vscard::pcsc_bridge {
namespace {

namespace fs = std::filesystem;

using Specs = std::vector<cards::CardSpec>;

/// Those that are to be in this process, if they can.
Specs own_cards(const CommandLine& line) {
  if (const auto* serve = std::get_if<serve::ServeOptions>(&line)) return serve->cards;
  const auto* run = std::get_if<RunOptions>(&line);
  if (run == nullptr || run->with_pcscd) return {};
  Specs specs;
  std::ranges::transform(run->cards, std::back_inserter(specs), &Card::spec);
  if (!cards::libcacard::check_together(specs)) return {};
  return specs;
}

/// Where it was built, or where it is installed.
fs::path find_program() {
  std::error_code failed;
  const fs::path folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  const fs::path built = folder / "all-kinds/pcsc-bridge";
  return fs::exists(built, failed) ? built : folder / VSCARD_ALL_KINDS;
}

}  // namespace

bool needs_all_kinds(const CommandLine& line, const serve::OwnKinds& here) {
  return !std::ranges::all_of(own_cards(line), here.has);
}

Failure become_all_kinds(char* const* argv) {
  const fs::path program = find_program();
  ::execv(program.c_str(), argv);
  return Failure{"cannot run " + program.string() + ": " + std::generic_category().message(errno)};
}

}  // namespace vscard::pcsc_bridge
