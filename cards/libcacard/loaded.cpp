#include "cards/libcacard/loaded.hpp"

#include <string>

namespace vscard::cards::libcacard {
namespace {

/// Its interface of 2014 and since, which <libcacard.h> describes.
constexpr const char* kFile = "libcacard.so.0";

/// What dlerror() says of the call before, on this thread.
std::string reason() {
  const char* const text = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc's is the thread's
  return text == nullptr ? "unknown error" : text;
}

}  // namespace

Result<Loaded> Loaded::load() {
  void* const handle = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return std::unexpected(
        "cannot load libcacard, which plays this card (on Debian the package "
        "libcacard0): " +
        reason());
  }
  const Loaded loaded(handle);
  if (loaded.missing_ == nullptr) return loaded;
  return std::unexpected(std::string(kFile) + " has no function " + loaded.missing_);
}

}  // namespace vscard::cards::libcacard
