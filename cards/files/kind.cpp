#include "cards/files/kind.hpp"

#include "cards/files/options.hpp"

#include <array>
#include <filesystem>
#include <utility>

namespace vscard::cards::files {
namespace {

std::optional<Source::Form> form_of(std::string_view key) {
  if (key == "pem" || key == "key") return Source::Form::Pem;
  if (key == "p12") return Source::Form::Pkcs12;
  return std::nullopt;
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
    return std::unexpected(Failure{"--card soft with a password also needs the file: p12=FILE"});
  }
  auto password = chardev::parse_password_keys(list);
  if (!password) return std::unexpected(password.error().about("--card soft"));
  options.password = std::move(*password);
  return options;
}

/// Files are read once, before the first host.
chardev::Access access(const CardSpec& spec) {
  const Options options = options_of(spec);
  chardev::Access access;
  for (const Source& source : options.sources) {
    // Of a folder, what is in it.
    access.add_file(source.path);
    access.add_file(std::filesystem::path(source.path) / "file");
  }
  if (!options.password) return access;
  if (const auto* file = std::get_if<std::string>(&*options.password)) access.add_file(*file);
  return access;
}

constexpr std::array kForms{
    CardForm{.text = "soft:p12=FILE",
             .meaning = "keys of a PKCS#12 file, as a PIV card; also\n"
                        ",password-file=FILE and ,password-fd=N"},
    CardForm{.text = "soft:pem=FILE[,key=FILE]", .meaning = "keys of PEM files, likewise"}};
constexpr std::array<std::string_view, 5> kKeys{"p12", "pem", "key", "password-file",
                                                "password-fd"};

}  // namespace

constinit const Kind kFiles{.name = "soft",
                            .stem = "soft",
                            .forms = kForms,
                            .keys = kKeys,
                            .parse = parse,
                            .access = access};

}  // namespace vscard::cards::files
