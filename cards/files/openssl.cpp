#include "cards/files/openssl.hpp"

#include <openssl/err.h>

namespace vscard::cards::files {

DecryptionLibrary::DecryptionLibrary()
    : context_(OSSL_LIB_CTX_new()),
      default_(OSSL_PROVIDER_load(context_.get(), "default")),
      legacy_(OSSL_PROVIDER_load(context_.get(), "legacy")) {
  ERR_clear_error();
}

}  // namespace vscard::cards::files
