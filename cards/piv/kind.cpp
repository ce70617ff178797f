#include "cards/piv/kind.hpp"

#include "cards/piv/options.hpp"
#include "program/state_folder.hpp"

#include <array>

namespace vscard::cards::piv {
namespace {

Result<std::any> parse(const chardev::KeyList& list) {
  const auto folder = list.last("dir");
  if (folder && folder->empty()) {
    return std::unexpected("--card piv needs something after dir=");
  }
  return Options{.folder = folder};
}

/// The folder is written to for as long as the card is there.
chardev::Access access(const CardSpec& spec) {
  chardev::Access access;
  const auto folder = folder_of(std::any_cast<const Options&>(spec.details));
  if (!folder) return access;
  static_cast<void>(program::make_private_folder(*folder));  // open() says
  access.folders.push_back({*folder, chardev::Access::Use::Write});
  return access;
}

constexpr std::array kForms{
    CardForm{.text = "piv[:dir=DIR]",
             .meaning = "a PIV card of your own, made the first time and kept in the folder:\n"
                        "EC and RSA, its keys are made and written as on a real one"}};
constexpr std::array<std::string_view, 1> kKeys{"dir"};

}  // namespace

Result<std::filesystem::path> folder_of(const Options& options) {
  std::error_code error;
  if (options.folder) {
    const auto absolute = std::filesystem::absolute(*options.folder, error);
    if (error) return std::unexpected("--card piv: " + error.message());
    return absolute;
  }
  const auto state = program::state_folder();
  if (state) return *state / "piv";
  return std::unexpected("no folder for the PIV card: " + state.error().text +
                         "; choose one with --card piv:dir=DIR");
}

constinit const Kind kPiv{
    .name = "piv", .stem = "piv", .forms = kForms, .keys = kKeys, .parse = parse, .access = access};

}  // namespace vscard::cards::piv
