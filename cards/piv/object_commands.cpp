// SELECT, GET DATA (SP 800-73-4 part 2 §3.1) and PUT DATA (§3.3.1).

#include "cards/piv/application.hpp"
#include "cards/piv/objects.hpp"
#include "cards/piv/tlv.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::uint16_t kTagList = 0x5c;
constexpr std::uint16_t kContent = 0x53;
constexpr std::uint16_t kCurrentFolder = 0x3fff;  ///< P1 P2
constexpr std::uint16_t kByName = 0x0400;         ///< P1 P2: the first or only application
constexpr std::size_t kRid = 5;                   ///< bytes of an AID that name the provider

/// One tag of 1 to 3 bytes.
std::optional<Tag> tag_in(Bytes list) {
  if (list.empty() || list.size() > 3) return std::nullopt;
  std::uint32_t tag = 0;
  for (const std::uint8_t byte : list) tag = (tag << 8) | byte;
  return static_cast<Tag>(tag);
}

/// Application property template: the AID's end, and who coexists.
std::vector<std::uint8_t> property_template() {
  const Bytes aid(kAid);
  std::vector<std::uint8_t> authority;
  put_tlv(authority, 0x4f, aid.first(kRid));
  std::vector<std::uint8_t> inside;
  put_tlv(inside, 0x4f, aid.subspan(kRid));
  put_tlv(inside, 0x79, authority);
  std::vector<std::uint8_t> out;
  put_tlv(out, 0x61, inside);
  return out;
}

}  // namespace

/// Neither this application again nor another name changes anything (§3.1.1). A name may be short.
Answer Application::select(const Command& command) {
  const Bytes name = command.data;
  const bool known = name.size() >= kRid && name.size() <= kAid.size() &&
                     std::ranges::equal(name, Bytes(kAid).first(name.size()));
  if (!known || command.p1_p2() != kByName) return {StatusWord::FileNotFound};
  return {StatusWord::Success, SecretBytes::copy_of(property_template())};
}

Answer Application::get_data(const Command& command) const {
  if (command.p1_p2() != kCurrentFolder) return {StatusWord::WrongParameters};
  const auto list = only_tlv(command.data, kTagList);
  const auto tag = list ? tag_in(*list) : std::nullopt;
  if (!tag) return {StatusWord::WrongData};
  if (*tag == Tag::Discovery) return {StatusWord::Success, SecretBytes::copy_of(discovery())};
  if (is_private(*tag) && !card_key_) return {StatusWord::SecurityStatus};
  const auto found = state_.objects.find(*tag);
  if (found == state_.objects.end()) return {StatusWord::FileNotFound};
  auto data = SecretBytes::with_capacity(found->second.size() + kMaxTlvHeader);
  put_tlv(data, kContent, found->second);
  return {StatusWord::Success, std::move(data)};
}

/// Without a content the object goes.
Answer Application::put_data(const Command& command) {
  if (command.p1_p2() != kCurrentFolder) return {StatusWord::WrongParameters};
  if (!managed_) return {StatusWord::SecurityStatus};
  TlvReader in(command.data);
  const auto list = in.next();
  const auto content = in.next();
  if (!list || !content || list->tag != kTagList || content->tag != kContent || in.next() ||
      !in.ok()) {
    return {StatusWord::WrongData};
  }
  const auto tag = tag_in(list->value);
  if (!tag || !is_writable(*tag)) return {StatusWord::FunctionUnsupported};
  if (content->value.size() > kMaxObject) return {StatusWord::NoMemory};
  State next = state_.clone();
  next.objects.erase(*tag);
  if (!content->value.empty()) {
    next.objects[*tag] = {content->value.begin(), content->value.end()};
  }
  if (is_retired_certificate(*tag)) update_key_history(next);
  return {commit(std::move(next)) ? StatusWord::Success : StatusWord::MemoryFailure};
}

}  // namespace vscard::cards::piv
