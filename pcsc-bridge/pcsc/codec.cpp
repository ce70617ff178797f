#include "pcsc-bridge/pcsc/codec.hpp"

#include "protocol/iso7816/atr.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using protocol::Errc;

constexpr std::size_t kAtrPadding = 3;  ///< bytes

template <class T>
concept Number = std::is_enum_v<T> || std::is_integral_v<T>;

class WireReader {
 public:
  explicit WireReader(Bytes bytes) : in_(bytes) {}

  template <Number T>
  void operator()(T& value) {
    std::array<std::uint8_t, sizeof value> bytes{};
    (*this)(bytes);
    value = std::bit_cast<T>(bytes);
  }
  template <std::size_t N>
  void operator()(std::array<std::uint8_t, N>& value) {
    std::ranges::copy(in_.bytes(N), value.begin());
  }
  void operator()(ReaderName& name) {
    std::ranges::copy(in_.bytes(kReaderName), name.bytes.begin());
  }

 private:
  protocol::ByteReader in_;
};

class Writer {
 public:
  explicit Writer(SecretBytes& out) : out_(out) {}

  template <Number T>
  void operator()(const T& value) {
    out_.append(std::bit_cast<std::array<std::uint8_t, sizeof value>>(value));
  }
  void operator()(Bytes bytes) { out_.append(bytes); }
  void operator()(const ReaderName& name) {
    out_.append(std::bit_cast<std::array<std::uint8_t, kReaderName>>(name.bytes));
  }

 private:
  SecretBytes& out_;
};

class Size {
 public:
  template <Number T>
  constexpr void operator()(const T& value) {
    bytes += sizeof value;
  }
  constexpr void operator()(const std::array<std::uint8_t, kMaxAttribute>& value) {
    bytes += value.size();
  }
  constexpr void operator()(const ReaderName& name) { bytes += name.bytes.size(); }

  std::size_t bytes = 0;
};

/// Gives the members of a struct to a WireReader, a Writer or a Size, in the order of the wire.
template <class To, class... Members>
constexpr void give(To& to, Members&... members) {
  (to(members), ...);
}

template <class Message, class To>
constexpr void give_members(To& to, Message& m) {
  using T = std::remove_const_t<Message>;
  if constexpr (std::is_same_v<T, Version>) {
    give(to, m.major, m.minor, m.rv);
  } else if constexpr (std::is_same_v<T, Establish>) {
    give(to, m.scope, m.context, m.rv);
  } else if constexpr (std::is_same_v<T, Connect>) {
    give(to, m.context, m.reader, m.share, m.preferred, m.card, m.active, m.rv);
  } else if constexpr (std::is_same_v<T, Reconnect>) {
    give(to, m.card, m.share, m.preferred, m.initialization, m.active, m.rv);
  } else if constexpr (std::is_same_v<T, Disconnect> || std::is_same_v<T, End>) {
    give(to, m.card, m.disposition, m.rv);
  } else if constexpr (std::is_same_v<T, Begin> || std::is_same_v<T, Status>) {
    give(to, m.card, m.rv);
  } else if constexpr (std::is_same_v<T, Release> || std::is_same_v<T, Cancel>) {
    give(to, m.context, m.rv);
  } else if constexpr (std::is_same_v<T, Transmit>) {
    give(to, m.card, m.send_protocol, m.send_pci, m.sent, m.receive_protocol, m.receive_pci,
         m.received, m.rv);
  } else if constexpr (std::is_same_v<T, Control>) {
    give(to, m.card, m.code, m.sent, m.room, m.received, m.rv);
  } else if constexpr (std::is_base_of_v<Attribute, T>) {
    give(to, m.card, m.id, m.value, m.length, m.rv);
  } else {
    static_assert(std::is_empty_v<T>);
  }
}

template <class Message>
constexpr std::size_t kSizeOf = [] {
  Size size;
  Message message{};
  give_members(size, message);
  return size.bytes;
}();
static_assert(kSizeOf<Connect> == 152 && kSizeOf<Transmit> == 32 && kSizeOf<GetAttribute> == 280);

/// Calls `body` with a message of the command's type; nothing: there is none.
template <class Result, class Body>
std::optional<Result> with_type(Command command, Body body) {
  switch (command) {
    case Command::Establish:
      return body(Establish{});
    case Command::Release:
      return body(Release{});
    case Command::Connect:
      return body(Connect{});
    case Command::Reconnect:
      return body(Reconnect{});
    case Command::Disconnect:
      return body(Disconnect{});
    case Command::Begin:
      return body(Begin{});
    case Command::End:
      return body(End{});
    case Command::Transmit:
      return body(Transmit{});
    case Command::Control:
      return body(Control{});
    case Command::Status:
      return body(Status{});
    case Command::Cancel:
      return body(Cancel{});
    case Command::GetAttribute:
      return body(GetAttribute{});
    case Command::SetAttribute:
      return body(SetAttribute{});
    case Command::Version:
      return body(Version{});
    case Command::ReaderStates:
      return body(ReaderStates{});
    case Command::Wait:
      return body(Wait{});
    case Command::StopWaiting:
      return body(StopWaiting{});
    case Command::ReaderEvents:
      return body(ReaderEvents{});
    case Command::StateCount:
      return body(StateCount{});
    case Command::StateArray:
      return body(StateArray{});
  }
  return std::nullopt;
}

void write_state(Writer& out, const ReaderState& state) {
  constexpr std::array<std::uint8_t, protocol::iso7816::kMaxAtr + kAtrPadding> kZeros{};
  give(out, state.name, state.events, state.bits, state.sharing);
  out(state.atr);
  out(Bytes(kZeros).subspan(state.atr.size()));
  const auto atr_length = static_cast<std::uint32_t>(state.atr.size());
  give(out, atr_length, state.protocol);
}

}  // namespace

std::string_view ReaderName::text() const {
  const auto* const end = std::find(bytes.begin(), bytes.end() - 1, '\0');
  return {bytes.begin(), end};
}

std::optional<std::size_t> struct_size(Command command) {
  return with_type<std::size_t>(command, [](auto message) { return kSizeOf<decltype(message)>; });
}

std::expected<Call, Errc> decode(Command command, Bytes bytes) {
  auto call = with_type<Call>(command, [&](auto message) -> Call {
    WireReader in(bytes);
    give_members(in, message);
    return message;
  });
  if (!call) return std::unexpected(Errc::UnexpectedMessage);
  const auto* get = std::get_if<GetAttribute>(&*call);
  const auto* set = std::get_if<SetAttribute>(&*call);
  if (get != nullptr && get->length > kMaxAttribute) return std::unexpected(Errc::BadLength);
  if (set != nullptr && set->length > kMaxAttribute) return std::unexpected(Errc::BadLength);
  if (data_size(*call) > kMaxData) return std::unexpected(Errc::BadLength);
  return *call;
}

std::size_t data_size(const Call& call) {
  if (const auto* transmit = std::get_if<Transmit>(&call)) return transmit->sent;
  if (const auto* control = std::get_if<Control>(&call)) return control->sent;
  return 0;
}

SecretBytes encode(const Call& answer, Bytes data) {
  return std::visit(
      [&](const auto& message) {
        auto bytes = SecretBytes::with_capacity(kSizeOf<std::remove_cvref_t<decltype(message)>> +
                                                data.size());
        Writer out(bytes);
        give_members(out, message);
        out(data);
        return bytes;
      },
      answer);
}

SecretBytes encode(const Event& event) {
  auto bytes = SecretBytes::with_capacity(sizeof event);
  Writer out(bytes);
  give(out, event.count, event.rv);
  return bytes;
}

SecretBytes encode_count(std::uint32_t count) {
  auto bytes = SecretBytes::with_capacity(sizeof count);
  Writer out(bytes);
  out(count);
  return bytes;
}

SecretBytes encode(std::span<const ReaderState> states, std::size_t count) {
  auto bytes = SecretBytes::with_capacity(count * kStateSize);
  Writer out(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    write_state(out, i < states.size() ? states[i] : ReaderState{});
  }
  return bytes;
}

}  // namespace vscard::pcsc_bridge::pcsc
