#include "cards/files/read.hpp"

#include "cards/files/file_names.hpp"
#include "cards/files/password.hpp"
#include "cards/files/pem.hpp"
#include "cards/files/pkcs12.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

namespace vscard::cards::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = std::size_t{1} << 20;  ///< bytes
constexpr std::size_t kMaxFiles = 100;                  ///< of a folder

bool ends_as(const fs::path& path, Source::Form form) {
  return key_of_file(path.native()) == (form == Source::Form::Pem ? "pem" : "p12");
}

Result<std::vector<Source>> files_of_folder(const Source& folder) {
  std::vector<Source> files;
  std::error_code error;
  for (fs::directory_iterator it(folder.path, error), end; !error && it != end;
       it.increment(error)) {
    if (!ends_as(it->path(), folder.form)) continue;
    files.push_back({.form = folder.form, .path = it->path().string()});
    if (files.size() > kMaxFiles) return std::unexpected(folder.path + ": it has too many files");
  }
  if (error) return std::unexpected(folder.path + ": " + error.message());
  if (files.empty()) return std::unexpected(folder.path + ": the folder has no such file");
  std::ranges::sort(files, {}, &Source::path);
  return files;
}

Result<std::vector<Source>> files_of(const std::vector<Source>& sources) {
  std::vector<Source> files;
  for (const Source& source : sources) {
    std::error_code error;
    if (!fs::is_directory(source.path, error)) {
      files.push_back(source);
      continue;
    }
    auto inside = files_of_folder(source);
    if (!inside) return inside;
    std::ranges::move(*inside, std::back_inserter(files));
  }
  return files;
}

void name_lines(std::vector<std::string>& lines, const std::string& file, std::size_t from = 0) {
  for (std::size_t i = from; i < lines.size(); ++i) lines[i] = file + ": " + lines[i];
}

void append(Identities& all, Identities more) {
  std::ranges::move(more.usable, std::back_inserter(all.usable));
  std::ranges::move(more.lines, std::back_inserter(all.lines));
}

/// Reads the files of a card, one after the other.
class Files {
 public:
  Files(const Options& options, const std::function<void(const std::string&)>& tell,
        Attempt attempt)
      : password_(options.password, attempt), tell_(tell) {}

  Result<> read(const Source& file) {
    const auto bytes = chardev::read_secret_file(file.path, kMaxFile);
    if (!bytes) return std::unexpected(bytes.error());
    Work work([&](const std::string& line) { tell_(file.path + ": " + line); });
    const auto done = file.form == Source::Form::Pem ? add_pem(*bytes, file.path, work)
                                                     : add_pkcs12(*bytes, file.path, work);
    if (!done) return std::unexpected(done.error().about(file.path));
    return {};
  }

  Identities take() {
    Identities all;
    Identities pem = identify(std::move(pem_));
    append(all, std::move(pem_first_ ? pem : pkcs12_));
    append(all, std::move(pem_first_ ? pkcs12_ : pem));
    all.exposed = std::move(exposed_);
    return all;
  }

 private:
  Result<> add_pem(const protocol::SecretBytes& bytes, const std::string& path, Work& work) {
    pem_first_ = pem_first_ || pkcs12_.usable.empty();
    const std::size_t lines = pem_.lines.size();
    const std::size_t keys = pem_.keys.size();
    auto added = read_pem(bytes.view(), path, password_, work, pem_);
    name_lines(pem_.lines, path, lines);
    if (std::any_of(pem_.keys.begin() + static_cast<std::ptrdiff_t>(keys), pem_.keys.end(),
                    [](const FoundKey& key) { return key.in_clear; })) {
      if (const auto exposure = chardev::exposure_of(path)) exposed_.push_back(*exposure);
    }
    return added;
  }

  Result<> add_pkcs12(const protocol::SecretBytes& bytes, const std::string& path, Work& work) {
    auto contents = read_pkcs12(bytes.view(), path, password_, work);
    if (!contents) return std::unexpected(contents.error());
    Identities found = identify(std::move(*contents));
    name_lines(found.lines, path);
    append(pkcs12_, std::move(found));
    return {};
  }

  Password password_;
  const std::function<void(const std::string&)>& tell_;
  Contents pem_;
  std::vector<std::string> exposed_;
  bool pem_first_ = false;
  Identities pkcs12_;
};

}  // namespace

std::vector<std::filesystem::path> paths_of(const std::vector<Source>& sources) {
  std::vector<std::filesystem::path> paths;
  for (const Source& source : sources) {
    const auto files = files_of({source});
    if (!files) continue;
    for (const Source& file : *files) paths.emplace_back(file.path);
  }
  return paths;
}

Result<Identities> read_all(const Options& options,
                            const std::function<void(const std::string&)>& tell, Attempt attempt) {
  const auto paths = files_of(options.sources);
  if (!paths) return std::unexpected(paths.error());
  Files files(options, tell, attempt);
  for (const Source& file : *paths) {
    if (const auto read = files.read(file); !read) return std::unexpected(read.error());
  }
  return files.take();
}

}  // namespace vscard::cards::files
