#include "cards/files/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <string_view>
#include <utility>

namespace vscard::cards::files {
namespace {

/// "-----BEGIN NAME-----", perhaps headers, then `data` in base64: a key perhaps.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }

  std::string_view label() const { return name; }
  bool is_key() const { return label().ends_with("PRIVATE KEY"); }
  bool is_encrypted() const { return label() == "ENCRYPTED PRIVATE KEY" || *header != '\0'; }

  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
};

const char* text_of(const protocol::SecretBytes& password) {
  return static_cast<const char*>(static_cast<const void*>(password.view().data()));
}

/// OpenSSL's form, before there was PKCS#8: its header says how the key is encrypted.
Result<> decrypt_in_place(Block& block, const std::string& file, Password& password) {
  EVP_CIPHER_INFO cipher;
  if (PEM_get_EVP_CIPHER_INFO(block.header, &cipher) != 1) {
    return std::unexpected("a key is encrypted in a way that OpenSSL does not know");
  }
  if (cipher.cipher == nullptr) return {};
  const auto secret = password.get(file);
  if (!secret) return std::unexpected(secret.error());
  const auto copy = [](char* into, int room, int /*writing*/, void* from) {
    const auto& bytes = *static_cast<const protocol::SecretBytes*>(from);
    const auto size = std::min(bytes.size(), static_cast<std::size_t>(room));
    std::copy_n(text_of(bytes), size, into);
    return static_cast<int>(size);
  };
  if (PEM_do_header(&cipher, block.data, &block.size, copy,
                    const_cast<protocol::SecretBytes*>(*secret)) == 1) {
    return {};
  }
  return std::unexpected("wrong password");
}

Result<Key> decrypt_pkcs8(const Block& block, const std::string& file, Password& password,
                          Work& work) {
  const unsigned char* in = block.data;
  const EncryptedKey encrypted(d2i_X509_SIG(nullptr, &in, block.size));
  if (!encrypted) return std::unexpected("a key is damaged");
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(encrypted.get(), &algorithm, nullptr);
  if (const auto ready = work.take(*algorithm); !ready) return std::unexpected(ready.error());
  const auto secret = password.get(file);
  if (!secret) return std::unexpected(secret.error());
  const DecryptionLibrary library;
  const PlainKey plain(PKCS8_decrypt_ex(encrypted.get(), text_of(**secret),
                                        static_cast<int>((*secret)->size()), library.get(),
                                        nullptr));
  if (!plain) return std::unexpected("wrong password");
  return Key(EVP_PKCS82PKEY(plain.get()));
}

Result<Key> read_key(Block& block, const std::string& file, Password& password, Work& work) {
  if (block.label() == "ENCRYPTED PRIVATE KEY") return decrypt_pkcs8(block, file, password, work);
  if (const auto clear = decrypt_in_place(block, file, password); !clear) {
    return std::unexpected(clear.error());
  }
  const unsigned char* in = block.data;
  return Key(d2i_AutoPrivateKey(nullptr, &in, block.size));
}

Result<> add_key(Block& block, const std::string& file, Password& password, Work& work,
                 Contents& contents) {
  if (block.label() == "OPENSSH PRIVATE KEY") {
    contents.lines.emplace_back(
        "a key in OpenSSH's form is left out; ssh-keygen -p -m PKCS8 -f FILE writes it as PKCS#8");
    return {};
  }
  const bool in_clear = !block.is_encrypted();
  auto key = read_key(block, file, password, work);
  if (!key) return std::unexpected(key.error());
  if (*key) {
    contents.keys.push_back({.key = std::move(*key), .in_clear = in_clear});
  } else {
    contents.lines.emplace_back("a key is damaged, or of a kind that OpenSSL does not know");
  }
  return {};
}

void add_certificate(const Block& block, Contents& contents) {
  const bool trusted = block.label() == PEM_STRING_X509_TRUSTED;
  if (!trusted && block.label() != PEM_STRING_X509 && block.label() != PEM_STRING_X509_OLD) return;
  const unsigned char* in = block.data;
  Certificate certificate(trusted ? d2i_X509_AUX(nullptr, &in, block.size)
                                  : d2i_X509(nullptr, &in, block.size));
  if (certificate) {
    contents.certificates.push_back({.certificate = std::move(certificate)});
  } else {
    contents.lines.emplace_back("a certificate is damaged");
  }
}

bool read_block(BIO& bio, Block& block) {
  return PEM_read_bio(&bio, &block.name, &block.header, &block.data, &block.size) == 1;
}

}  // namespace

Result<> read_pem(protocol::Bytes bytes, const std::string& file, Password& password, Work& work,
                  Contents& contents) {
  const Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  std::size_t blocks = 0;
  for (;; ++blocks) {
    Block block;
    if (!read_block(*bio, block)) break;
    if (block.is_key()) {
      auto added = add_key(block, file, password, work, contents);
      ERR_clear_error();
      if (!added) return added;
    } else {
      add_certificate(block, contents);
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return std::unexpected("it is damaged");
  if (blocks == 0) return std::unexpected("it has no PEM; a file of PKCS#12 is p12=" + file);
  return {};
}

}  // namespace vscard::cards::files
