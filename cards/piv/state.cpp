#include "cards/piv/state.hpp"

#include "cards/piv/tlv.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vscard::cards::piv {
namespace {

constexpr std::string_view kMagic = "vscard PIV card 1\n";

// Tags of this file's own.
constexpr std::uint16_t kSerial = 0xc0;  // 4 bytes
constexpr std::uint16_t kCardKey = 0xc1;
constexpr std::uint16_t kPin = 0xc2;         // tries | most | wrapped
constexpr std::uint16_t kPuk = 0xc3;         // the same
constexpr std::uint16_t kManagement = 0xc4;  // algorithm | key
constexpr std::uint16_t kSlotKey =
    0xc5;  // slot | algorithm | policy | origin | size (2) | public key | content
constexpr std::uint16_t kObject = 0xc6;  // tag (3) | content

/// Takes a size before the bytes themselves are written.
struct Counter {
  std::size_t size = 0;
  void push_back(std::uint8_t /*byte*/) { ++size; }
};

std::uint8_t byte(auto value) { return static_cast<std::uint8_t>(value); }

void put(auto& out, std::uint16_t tag, const Reference& reference) {
  std::vector<std::uint8_t> value{reference.tries, reference.most};
  value.insert(value.end(), reference.wrapped.begin(), reference.wrapped.end());
  put_tlv(out, tag, value);
}

void put(auto& out, const ManagementKey& key) {
  auto value = SecretBytes::with_capacity(1 + key.value.size());
  value.push_back(byte(key.algorithm));
  value.append(key.value.view());
  put_tlv(out, kManagement, value.view());
}

void put(auto& out, Slot slot, const SlotKey& key) {
  auto value = SecretBytes::with_capacity(6 + key.public_key.size() + key.content.size());
  for (const std::uint8_t it :
       {byte(slot), byte(key.algorithm), byte(key.policy), byte(key.origin)}) {
    value.push_back(it);
  }
  protocol::ByteWriter(value).u16_be(static_cast<std::uint16_t>(key.public_key.size()));
  value.append(key.public_key);
  value.append(key.content.view());
  put_tlv(out, kSlotKey, value.view());
}

void put(auto& out, Tag tag, const std::vector<std::uint8_t>& content) {
  std::vector<std::uint8_t> value;
  protocol::ByteWriter writer(value);
  const auto number = static_cast<std::uint32_t>(tag);
  writer.u8(byte(number >> 16));
  writer.u16_be(static_cast<std::uint16_t>(number));
  writer.bytes(content);
  put_tlv(out, kObject, value);
}

void put(auto& out, const State& state) {
  for (const char c : kMagic) out.push_back(byte(c));
  std::vector<std::uint8_t> serial;
  protocol::ByteWriter(serial).u32_be(state.serial);
  put_tlv(out, kSerial, serial);
  put_tlv(out, kCardKey, state.card_key);
  put(out, kPin, state.pin);
  put(out, kPuk, state.puk);
  put(out, state.management);
  for (const auto& [slot, key] : state.keys) put(out, slot, key);
  for (const auto& [tag, content] : state.objects) put(out, tag, content);
}

std::vector<std::uint8_t> to_vector(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

bool get(protocol::ByteReader& in, Reference& reference) {
  reference.tries = in.u8();
  reference.most = in.u8();
  reference.wrapped = to_vector(in.rest());
  return in.ok() && reference.tries <= reference.most && reference.most > 0;
}

bool get(protocol::ByteReader& in, ManagementKey& key) {
  const auto algorithm = cipher_algorithm(in.u8());
  key.value = SecretBytes::copy_of(in.rest());
  if (!in.ok() || !algorithm) return false;
  key.algorithm = *algorithm;
  return key.value.size() == size_of(*algorithm);
}

bool get_key(protocol::ByteReader& in, State& state) {
  const auto slot = slot_of(in.u8());
  const auto algorithm = pair_algorithm(in.u8());
  const std::uint8_t policy = in.u8();
  const std::uint8_t origin = in.u8();
  SlotKey key;
  key.public_key = to_vector(in.bytes(in.u16_be()));
  key.content = SecretBytes::copy_of(in.rest());
  const auto lies_in = [](std::uint8_t value, std::uint8_t least, std::uint8_t most) {
    return value >= least && value <= most;
  };
  if (!in.ok() || !slot || !algorithm || !lies_in(policy, 1, 3) || !lies_in(origin, 1, 2)) {
    return false;
  }
  key.algorithm = *algorithm;
  key.policy = static_cast<PinPolicy>(policy);
  key.origin = static_cast<Origin>(origin);
  return state.keys.emplace(*slot, std::move(key)).second;
}

bool get_object(protocol::ByteReader& in, State& state) {
  const std::uint32_t high = in.u8();
  const auto tag = static_cast<Tag>((high << 16) | in.u16_be());
  auto content = to_vector(in.rest());
  return in.ok() && is_writable(tag) && content.size() <= kMaxObject &&
         state.objects.emplace(tag, std::move(content)).second;
}

bool get(const Tlv& tlv, State& state) {
  protocol::ByteReader in(tlv.value);
  switch (tlv.tag) {
    case kSerial:
      state.serial = in.u32_be();
      return in.ok_and_done();
    case kCardKey:
      state.card_key = to_vector(in.rest());
      return state.card_key.size() == 32;
    case kPin:
      return get(in, state.pin);
    case kPuk:
      return get(in, state.puk);
    case kManagement:
      return get(in, state.management);
    case kSlotKey:
      return get_key(in, state);
    case kObject:
      return get_object(in, state);
    default:
      return false;
  }
}

}  // namespace

State State::clone() const {
  State copy{.serial = serial,
             .card_key = card_key,
             .pin = pin,
             .puk = puk,
             .management = {.algorithm = management.algorithm, .value = management.value.clone()},
             .keys = {},
             .objects = objects};
  for (const auto& [slot, key] : keys) {
    copy.keys.emplace(slot, SlotKey{.algorithm = key.algorithm,
                                    .policy = key.policy,
                                    .origin = key.origin,
                                    .content = key.content.clone(),
                                    .public_key = key.public_key});
  }
  return copy;
}

SecretBytes encode(const State& state) {
  Counter counter;
  put(counter, state);
  auto bytes = SecretBytes::with_capacity(counter.size);
  put(bytes, state);
  return bytes;
}

std::optional<State> decode(Bytes bytes) {
  if (bytes.size() > kMaxState || bytes.size() < kMagic.size() ||
      !std::ranges::equal(bytes.first(kMagic.size()), kMagic)) {
    return std::nullopt;
  }
  State state;
  TlvReader in(bytes.subspan(kMagic.size()));
  while (const auto tlv = in.next()) {
    if (!get(*tlv, state)) return std::nullopt;
  }
  const bool whole = in.ok() && !state.card_key.empty() && !state.pin.wrapped.empty() &&
                     !state.puk.wrapped.empty() && !state.management.value.empty();
  if (!whole) return std::nullopt;
  return state;
}

}  // namespace vscard::cards::piv
