#include "cards/pcsc/library.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <reader.h>
#include <type_traits>
#include <winscard.h>

namespace vscard::cards::pcsc {
namespace {

using protocol::SecretBytes;
using protocol::iso7816::Atr;

static_assert(std::is_same_v<SCARDCONTEXT, long>);
static_assert(std::is_same_v<SCARDHANDLE, long>);
static_assert(std::is_same_v<DWORD, unsigned long>);

/// Stands for the list of readers; the upper half of its state is their number.
constexpr const char* kReaderList = R"(\\?PnP?\Notification)";
/// The list of readers may grow between the call for its size and the one for its names.
constexpr int kListTries = 8;
/// pcsc-lite before 2.3 compares the list with what it is when SCardGetStatusChange begins, and not
/// with what its caller knows: a reader that comes just before that call is not told. Measured with
/// 1.9.9. So the list is read again after as many milliseconds.
constexpr DWORD kReadAgain = 1000;
constexpr DWORD kProtocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;

Cause cause_of(LONG status) {
  switch (status) {
    // When pcscd ends while it is asked, the library cannot tell a lost link from other trouble.
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_E_INVALID_HANDLE:
    case SCARD_F_COMM_ERROR:
      return Cause::NoService;
    case SCARD_W_SECURITY_VIOLATION:
    case SCARD_E_NO_ACCESS:
      return Cause::Denied;
    case SCARD_E_NO_SMARTCARD:
    case SCARD_W_REMOVED_CARD:
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_NO_READERS_AVAILABLE:
      return Cause::NoCard;
    case SCARD_W_RESET_CARD:
      return Cause::CardReset;
    case SCARD_E_SHARING_VIOLATION:
      return Cause::InUse;
    case SCARD_E_CANCELLED:
      return Cause::Cancelled;
    // pcsc-lite 2.5: an event fell between two messages of SCardGetStatusChange.
    case SCARD_E_UNSUPPORTED_FEATURE:
      return Cause::OutOfStep;
    default:
      return Cause::Failed;
  }
}

std::unexpected<Error> failure(LONG status) {
  return std::unexpected(Error{.cause = cause_of(status), .text = pcsc_stringify_error(status)});
}

/// Where a reader has gone since its name was read, SCardGetStatusChange tells nothing of the
/// others.
std::unexpected<Error> state_failure(LONG status) {
  return failure(status == SCARD_E_UNKNOWN_READER ? SCARD_E_UNSUPPORTED_FEATURE : status);
}

Answer<void> outcome(LONG status) {
  if (status != SCARD_S_SUCCESS) return failure(status);
  return {};
}

SCARD_READERSTATE question(const char* reader, DWORD known) {
  SCARD_READERSTATE state{};
  state.szReader = reader;
  state.dwCurrentState = known;
  return state;
}

ReaderState answer(const SCARD_READERSTATE& state) {
  const DWORD word = state.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
  ReaderState reader;
  reader.name = state.szReader;
  reader.word = word;
  if ((word & SCARD_STATE_INUSE) != 0) reader.use = ReaderState::Use::Shared;
  if ((word & SCARD_STATE_EXCLUSIVE) != 0) reader.use = ReaderState::Use::Exclusive;
  if ((word & SCARD_STATE_PRESENT) == 0) return reader;
  const std::span bytes(state.rgbAtr);
  const auto atr = Atr::parse(bytes.first(std::min<std::size_t>(state.cbAtr, bytes.size())));
  reader.mute = (word & SCARD_STATE_MUTE) != 0 || !atr;
  if (!reader.mute) reader.atr = *atr;
  return reader;
}

DWORD mode_of(Share share) {
  return share == Share::Exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED;
}

DWORD disposition_of(Connection::Card card) {
  switch (card) {
    case Connection::Card::AsItIs:
      return SCARD_LEAVE_CARD;
    case Connection::Card::Reset:
      return SCARD_RESET_CARD;
    case Connection::Card::PoweredAnew:
      return SCARD_UNPOWER_CARD;
  }
  return SCARD_LEAVE_CARD;
}

}  // namespace

std::string explain(const Error& error) {
  switch (error.cause) {
    case Cause::NoService:
      return "PC/SC: no answer; install pcscd and start it (systemctl start pcscd.socket)";
    case Cause::Denied:
      return "PC/SC: pcscd refuses this user; add a polkit rule that allows "
             "org.debian.pcsc-lite.access_pcsc and org.debian.pcsc-lite.access_card";
    case Cause::NoCard:
    case Cause::CardReset:
    case Cause::InUse:
    case Cause::Cancelled:
    case Cause::OutOfStep:
    case Cause::Failed:
      return "PC/SC: " + error.text;
  }
  return error.text;
}

Answer<Context> Context::establish() {
  SCARDCONTEXT handle = 0;
  const LONG status = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &handle);
  if (status != SCARD_S_SUCCESS) return failure(status);
  return Context(handle);
}

Context::~Context() {
  if (handle_ != 0) SCardReleaseContext(handle_);
}

Answer<std::vector<std::string>> Context::reader_names() const {
  std::string text;
  LONG status = SCARD_E_INSUFFICIENT_BUFFER;
  for (int i = 0; i < kListTries && status == SCARD_E_INSUFFICIENT_BUFFER; ++i) {
    DWORD size = 0;
    status = SCardListReaders(handle_, nullptr, nullptr, &size);
    text.assign(size, '\0');
    if (status == SCARD_S_SUCCESS) status = SCardListReaders(handle_, nullptr, text.data(), &size);
  }
  std::vector<std::string> names;
  if (status == SCARD_E_NO_READERS_AVAILABLE) return names;
  if (status != SCARD_S_SUCCESS) return failure(status);
  // Names end with a zero byte each, the list with one more.
  for (std::size_t at = 0; at < text.size() && text[at] != '\0'; at += names.back().size() + 1) {
    names.emplace_back(text.c_str() + at);
  }
  return names;
}

/// Since pcsc-lite 2.3 the upper half counts the readers that have come and gone, before that it is
/// 0.
Answer<void> Context::note_list() {
  SCARD_READERSTATE list = question(kReaderList, SCARD_STATE_UNAWARE);
  const LONG status = SCardGetStatusChange(handle_, 0, &list, 1);
  list_ = list.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
  return outcome(status == SCARD_E_TIMEOUT ? SCARD_S_SUCCESS : status);
}

Answer<ReaderStates> Context::readers() {
  if (const auto noted = note_list(); !noted) return std::unexpected(noted.error());
  const auto names = reader_names();
  if (!names) return std::unexpected(names.error());
  std::vector<SCARD_READERSTATE> states;
  for (const std::string& name : *names) {
    states.push_back(question(name.c_str(), SCARD_STATE_UNAWARE));
  }
  ReaderStates readers;
  if (states.empty()) return readers;
  const LONG status = SCardGetStatusChange(handle_, 0, states.data(), states.size());
  if (status != SCARD_S_SUCCESS) return state_failure(status);
  std::ranges::transform(states, std::back_inserter(readers), answer);
  return readers;
}

Answer<void> Context::wait_for_change(const ReaderStates& known) const {
  std::vector<SCARD_READERSTATE> states;
  for (const ReaderState& reader : known) {
    states.push_back(question(reader.name.c_str(), reader.word));
  }
  // Before pcsc-lite 2.3 the upper half of what is known is the number of readers.
  states.push_back(question(kReaderList, list_ != 0 ? list_ : known.size() << 16));
  const LONG status = SCardGetStatusChange(handle_, kReadAgain, states.data(), states.size());
  if (status != SCARD_S_SUCCESS && status != SCARD_E_TIMEOUT) return state_failure(status);
  return {};
}

void Context::cancel() const { SCardCancel(handle_); }

Result<ReaderStates> list_readers() {
  Answer<ReaderStates> readers = state_failure(SCARD_E_UNKNOWN_READER);
  for (int i = 0; i < kListTries && !readers && readers.error().cause == Cause::OutOfStep; ++i) {
    auto context = Context::establish();
    readers = context ? context->readers() : std::unexpected(context.error());
  }
  if (!readers) return std::unexpected(Failure{explain(readers.error())});
  return *std::move(readers);
}

Answer<Connection> Connection::open(const Context& context, const std::string& reader,
                                    Share share) {
  SCARDHANDLE handle = 0;
  DWORD protocol = 0;
  const LONG status =
      SCardConnect(context.handle_, reader.c_str(), mode_of(share), kProtocols, &handle, &protocol);
  if (status != SCARD_S_SUCCESS) return failure(status);
  return Connection(handle, share, protocol);
}

Connection::Connection(Connection&& other) noexcept
    : handle_(std::exchange(other.handle_, 0)), share_(other.share_), protocol_(other.protocol_) {}

Connection::~Connection() {
  if (handle_ != 0) SCardDisconnect(handle_, SCARD_LEAVE_CARD);
}

Answer<void> Connection::begin_transaction() const {
  return outcome(SCardBeginTransaction(handle_));
}

void Connection::end_transaction() const { SCardEndTransaction(handle_, SCARD_LEAVE_CARD); }

Answer<SecretBytes> Connection::transmit(protocol::Bytes command, ResponseBuffer& buffer) const {
  const auto* request = protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  const auto room = buffer.room();
  DWORD size = room.size();
  const LONG status =
      SCardTransmit(handle_, request, command.data(), command.size(), nullptr, room.data(), &size);
  if (status == SCARD_S_SUCCESS && size >= protocol::iso7816::kStatusWord && size <= room.size()) {
    return buffer.take(size);
  }
  buffer.wipe();
  return failure(status == SCARD_S_SUCCESS ? SCARD_F_UNKNOWN_ERROR : status);
}

Answer<void> Connection::reconnect(Card card) {
  return outcome(
      SCardReconnect(handle_, mode_of(share_), kProtocols, disposition_of(card), &protocol_));
}

// Not by SCardStatus: it and the calls of Context share a table of the library's without a lock, so
// that a thread of Connections may not touch it while another one waits for changes.
std::optional<Atr> Connection::atr() const {
  std::array<std::uint8_t, MAX_ATR_SIZE> buffer{};
  DWORD size = buffer.size();
  const LONG status = SCardGetAttrib(handle_, SCARD_ATTR_ATR_STRING, buffer.data(), &size);
  if (status != SCARD_S_SUCCESS || size > buffer.size()) return std::nullopt;
  const auto atr = Atr::parse(protocol::Bytes(buffer).first(size));
  return atr ? std::optional(*atr) : std::nullopt;
}

}  // namespace vscard::cards::pcsc
