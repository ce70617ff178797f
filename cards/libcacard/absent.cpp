// In place of the rest of the folder where VSCARD_LIBCACARD is OFF.

#include "cards/libcacard/card_of_keys.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/libcacard/nicknames.hpp"

namespace vscard::cards::libcacard {
namespace {

constexpr std::string_view kOption = "VSCARD_LIBCACARD";

}  // namespace

constinit const Kind kSoft{.name = "soft", .lacks = kOption};
constinit const Kind kNss{.name = "nss", .lacks = kOption};
constinit const Kind kLibcacard{.name = "libcacard", .lacks = kOption};

Result<> check_together(std::span<const CardSpec> /*specs*/) { return {}; }

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& /*executor*/,
                                      std::span<const CardSpec> /*specs*/,
                                      const OpenOptions& /*options*/) {
  return std::unexpected(Failure{"this build has no libcacard"});
}

Result<Became> card_of_keys(std::string /*name*/, std::span<const KeyAndCertificate> /*keys*/,
                            const protocol::SecretBytes& /*pin*/,
                            std::vector<std::filesystem::path> /*made_of*/) {
  return std::unexpected("this build shows no card of the CAC kind: it was configured with " +
                         std::string(kOption) + "=OFF");
}

std::vector<std::string> nicknames(const std::filesystem::path& /*database*/) { return {}; }

}  // namespace vscard::cards::libcacard
