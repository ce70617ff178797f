// In place of the rest of the folder where VSCARD_PCSC is OFF.

#include "cards/pcsc/kind.hpp"
#include "cards/pcsc/library.hpp"

namespace vscard::cards::pcsc {
namespace {

std::unexpected<Failure> absent() {
  return std::unexpected(
      Failure{"this build has no PC/SC: it was configured with VSCARD_PCSC=OFF"});
}

}  // namespace

constinit const Kind kPcsc{.name = "pcsc", .lacks = "VSCARD_PCSC"};

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& /*executor*/,
                                      std::span<const CardSpec> /*specs*/,
                                      const OpenOptions& /*options*/) {
  return absent();
}

Result<ReaderStates> list_readers() { return absent(); }

}  // namespace vscard::cards::pcsc
