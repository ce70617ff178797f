#include "cards/files/kind.hpp"

#include "cards/files/file_names.hpp"
#include "cards/files/options.hpp"
#include "cards/libcacard/memory_folder.hpp"

#include <array>
#include <utility>

namespace vscard::cards::files {
namespace {

std::optional<Source::Form> form_of(std::string_view key) {
  if (key == "pem" || key == "key") return Source::Form::Pem;
  if (key == "p12") return Source::Form::Pkcs12;
  return std::nullopt;
}

Result<As> parse_as(const chardev::KeyList& list) {
  const auto word = list.last("as");
  if (!word || *word == "piv") return As::Piv;
  if (*word == "cac") return As::Cac;
  return std::unexpected("--card soft: as=" + *word + " is not a kind of card: piv, cac");
}

Result<std::any> parse(const chardev::KeyList& list) {
  Options options;
  for (const auto& [key, path] : list.keys) {
    const auto form = form_of(key);
    if (!form) continue;
    if (path.empty()) return std::unexpected("--card soft needs a file after " + key + "=");
    options.sources.push_back({.form = *form, .path = path});
  }
  if (options.sources.empty()) {
    return std::unexpected(
        Failure{"--card soft with as= or a password also needs the file: p12=FILE"});
  }
  const auto as = parse_as(list);
  if (!as) return std::unexpected(as.error());
  options.as = *as;
  auto password = chardev::parse_password_keys(list);
  if (!password) return std::unexpected(password.error().about("--card soft"));
  options.password = std::move(*password);
  return options;
}

chardev::Access access(const CardSpec& spec) {
  const Options options = options_of(spec);
  chardev::Access access;
  for (const Source& source : options.sources) access.add_file(source.path);
  const auto* const password =
      options.password ? std::get_if<std::string>(&*options.password) : nullptr;
  if (password != nullptr) access.add_file(*password);
  if (options.as == As::Cac) {
    access.folders.push_back({libcacard::MemoryFolder::kPlace, chardev::Access::Use::Write});
  }
  return access;
}

constexpr std::array kForms{
    CardForm{.text = "soft:p12=FILE",
             .meaning = "keys of a PKCS#12 file, as a PIV card; also\n"
                        ",password-file=FILE, ,password-fd=N and ,as=cac"},
    CardForm{.text = "soft:pem=FILE[,key=FILE]", .meaning = "keys of PEM files, likewise"}};
constexpr std::array<std::string_view, 6> kKeys{"p12",           "pem",         "key",
                                                "password-file", "password-fd", "as"};

}  // namespace

constinit const Kind kFiles{.name = "soft",
                            .stem = "soft",
                            .forms = kForms,
                            .keys = kKeys,
                            .parse = parse,
                            .access = access,
                            .key_of_file = key_of_file};

bool is_cac(const CardSpec& spec) { return spec.kind == &kFiles && options_of(spec).as == As::Cac; }

}  // namespace vscard::cards::files
