#include "cards/files/identity.hpp"
#include "cards/files/pem.hpp"
#include "cards/files/pkcs12.hpp"

using namespace vscard;
using namespace vscard::cards::files;

// The first byte says which form the file has. Its password is empty.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kRounds = 10'000;
  if (size == 0) return 0;
  const protocol::Bytes bytes(data + 1, size - 1);
  Password password(chardev::SecretSource("/dev/null"));
  Work work([](const std::string&) {}, kRounds);
  Contents contents;
  if (data[0] == 'P') {
    static_cast<void>(read_pem(bytes, "fuzz", password, work, contents));
  } else if (auto found = read_pkcs12(bytes, "fuzz", password, work)) {
    contents = std::move(*found);
  }
  const Identities found = identify(std::move(contents));
  for (const Identity& it : found.usable) {
    if (EVP_PKEY_eq(X509_get0_pubkey(it.certificate.get()), it.key.get()) != 1) __builtin_trap();
  }
  return 0;
}
