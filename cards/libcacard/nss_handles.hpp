#pragma once

#include "protocol/bytes.hpp"

#include <cert.h>
#include <keyhi.h>
#include <memory>
#include <pk11pub.h>

// What the files that call NSS share. No other header of ours includes NSS's.

namespace vscard::cards::libcacard {

struct NssFree {
  void operator()(PK11SlotInfo* slot) const { PK11_FreeSlot(slot); }
  void operator()(CERTCertificate* certificate) const { CERT_DestroyCertificate(certificate); }
  void operator()(SECKEYPublicKey* key) const { SECKEY_DestroyPublicKey(key); }
  void operator()(PK11GenericObject* objects) const { PK11_DestroyGenericObjects(objects); }
};
using SlotHandle = std::unique_ptr<PK11SlotInfo, NssFree>;
using CertificateHandle = std::unique_ptr<CERTCertificate, NssFree>;
using PublicKeyHandle = std::unique_ptr<SECKEYPublicKey, NssFree>;
using ObjectsHandle = std::unique_ptr<PK11GenericObject, NssFree>;

/// Text that NSS gives away.
struct NssFreeText {
  void operator()(char* text) const { PORT_Free(text); }
};
using TextHandle = std::unique_ptr<char, NssFreeText>;

/// Bytes in an item whose memory this owns.
class OwnedItem {
 public:
  OwnedItem() = default;
  OwnedItem(const OwnedItem&) = delete;
  OwnedItem& operator=(const OwnedItem&) = delete;
  ~OwnedItem() { SECITEM_FreeItem(&item_, PR_FALSE); }

  SECItem* get() { return &item_; }
  protocol::Bytes bytes() const { return {item_.data, item_.len}; }

 private:
  SECItem item_{siBuffer, nullptr, 0};
};

}  // namespace vscard::cards::libcacard
