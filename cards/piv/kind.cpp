#include "cards/piv/kind.hpp"

#include "cards/piv/options.hpp"
#include "program/state_folder.hpp"

#include <array>

namespace vscard::cards::piv {
namespace {

namespace fs = std::filesystem;

Result<std::any> parse(const chardev::KeyList& list) {
  const auto folder = list.last("dir");
  if (folder && folder->empty()) {
    return std::unexpected("--card piv needs something after dir=");
  }
  return Options{.folder = folder, .use = Use::Alone};
}

chardev::Access access(const CardSpec& spec) {
  chardev::Access access;
  if (const auto folder = folder_of(std::any_cast<const Options&>(spec.details)))
    access.add_own(*folder);
  return access;
}

constexpr std::array kForms{
    CardForm{.text = "piv[:dir=DIR]",
             .meaning = "a PIV card of your own, made the first time and kept in the folder:\n"
                        "EC and RSA, its keys are made and written as on a real one"}};
constexpr std::array<std::string_view, 1> kKeys{"dir"};

}  // namespace

constinit const Kind kPiv{
    .name = "piv", .stem = "piv", .forms = kForms, .keys = kKeys, .parse = parse, .access = access};

Result<fs::path> folder_of(const Options& options) {
  if (options.folder) return *options.folder;
  const auto state = program::state_folder();
  if (state) return *state / "piv";
  return std::unexpected("no folder for the PIV card: " + state.error().text +
                         "; choose one with --card piv:dir=DIR");
}

}  // namespace vscard::cards::piv
