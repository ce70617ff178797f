#include "cards/piv/kind.hpp"

#include "cards/piv/options.hpp"

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

constexpr std::array kForms{
    CardForm{.text = "piv[:dir=DIR]",
             .meaning = "a PIV card of your own, made the first time and kept in the folder:\n"
                        "EC and RSA, its keys are made and written as on a real one"}};
constexpr std::array<std::string_view, 1> kKeys{"dir"};

}  // namespace

constinit const Kind kPiv{
    .name = "piv", .stem = "piv", .forms = kForms, .keys = kKeys, .parse = parse};

}  // namespace vscard::cards::piv
