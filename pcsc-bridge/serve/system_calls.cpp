#include "pcsc-bridge/serve/system_calls.hpp"

#include <algorithm>
#include <array>
#include <reader.h>
#include <type_traits>
#include <utility>
#include <winscard.h>

namespace vscard::pcsc_bridge::serve {

using pcsc::Code;
using pcsc::HandleId;
using pcsc::SecretBytes;

namespace {

static_assert(std::is_same_v<SCARDCONTEXT, long> && std::is_same_v<SCARDHANDLE, long>);

Code code_of(LONG status) { return static_cast<Code>(status); }

/// The service has ended since the context was made, or there is none. Our program's own service is
/// still there, so it is told of the reader alone.
bool is_lost(LONG status) {
  return status == SCARD_E_NO_SERVICE || status == SCARD_E_SERVICE_STOPPED ||
         status == SCARD_F_COMM_ERROR || status == SCARD_E_INVALID_HANDLE;
}

DWORD number(auto value) { return static_cast<DWORD>(value); }

/// What a call has written, or nothing: after a failure `size` is what it would have.
void cut(SecretBytes& room, Code rv, std::size_t size) {
  room.truncate(rv == Code::Success ? std::min(size, room.size()) : 0);
}

}  // namespace

SystemCalls::~SystemCalls() { leave(); }

void SystemCalls::make(pcsc::Request& request) {
  std::visit(
      [&]<class Call>(Call& call) {
        if constexpr (requires { call.card; }) {
          if constexpr (requires { perform(call, request.data); }) {
            perform(call, request.data);
          } else {
            perform(call);
          }
          if (!is_lost(static_cast<LONG>(call.rv))) return;
          leave();
          call.rv =
              std::is_same_v<Call, pcsc::Disconnect> ? Code::Success : Code::ReaderUnavailable;
        }
      },
      request.call);
}

void SystemCalls::let_go(HandleId card) { SCardEndTransaction(handle(card), SCARD_LEAVE_CARD); }

/// A context of before the service began anew is of no use.
void SystemCalls::perform(pcsc::Connect& call) {
  const bool had_context = context_.has_value();
  call.rv = connect(call);
  if (!had_context || !is_lost(static_cast<LONG>(call.rv))) return;
  leave();
  call.rv = connect(call);
}

Code SystemCalls::connect(pcsc::Connect& call) {
  if (!context_) {
    SCARDCONTEXT made = 0;
    const LONG status = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &made);
    if (status != SCARD_S_SUCCESS) return code_of(status);
    context_ = made;
  }
  SCARDHANDLE made = 0;
  DWORD active = 0;
  const std::string reader(call.reader.text());
  const LONG status =
      SCardConnect(*context_, reader.c_str(), number(call.share), call.preferred, &made, &active);
  if (status != SCARD_S_SUCCESS) return code_of(status);
  handles_[call.card] = made;
  call.active = static_cast<pcsc::Protocols>(active);
  return Code::Success;
}

void SystemCalls::perform(pcsc::Reconnect& call) const {
  DWORD active = 0;
  call.rv = code_of(SCardReconnect(handle(call.card), number(call.share), call.preferred,
                                   number(call.initialization), &active));
  call.active = static_cast<pcsc::Protocols>(active);
}

void SystemCalls::perform(pcsc::Disconnect& call) {
  call.rv = code_of(SCardDisconnect(handle(call.card), number(call.disposition)));
  if (call.rv == Code::Success) handles_.erase(call.card);
}

void SystemCalls::perform(pcsc::Begin& call) const {
  call.rv = code_of(SCardBeginTransaction(handle(call.card)));
}

void SystemCalls::perform(pcsc::End& call) const {
  call.rv = code_of(SCardEndTransaction(handle(call.card), number(call.disposition)));
}

void SystemCalls::perform(pcsc::Transmit& call, SecretBytes& data) const {
  const SCARD_IO_REQUEST send{call.send_protocol, sizeof(SCARD_IO_REQUEST)};
  SCARD_IO_REQUEST receive{call.receive_protocol, sizeof(SCARD_IO_REQUEST)};
  auto room = SecretBytes::zeros(std::min<std::size_t>(call.received, pcsc::kMaxData));
  DWORD size = room.size();
  call.rv = code_of(SCardTransmit(handle(call.card), &send, data.view().data(), data.size(),
                                  &receive, room.data().data(), &size));
  call.received = static_cast<std::uint32_t>(size);
  call.receive_protocol = static_cast<pcsc::Protocols>(receive.dwProtocol);
  call.receive_pci = call.send_pci;
  cut(room, call.rv, size);
  data = std::move(room);
}

void SystemCalls::perform(pcsc::Control& call, SecretBytes& data) const {
  auto room = SecretBytes::zeros(std::min<std::size_t>(call.room, pcsc::kMaxData));
  DWORD size = 0;
  call.rv = code_of(SCardControl(handle(call.card), call.code, data.view().data(), data.size(),
                                 room.data().data(), room.size(), &size));
  call.received = static_cast<std::uint32_t>(size);
  cut(room, call.rv, size);
  data = std::move(room);
}

/// Is the handle good? SCardStatus would tell, but it and what looks for changes share a table of
/// the library's without a lock. An attribute is refused for the same reasons, and for others.
void SystemCalls::perform(pcsc::Status& call) const {
  std::array<std::uint8_t, MAX_ATR_SIZE> atr{};
  DWORD size = atr.size();
  const LONG status = SCardGetAttrib(handle(call.card), SCARD_ATTR_ATR_STRING, atr.data(), &size);
  const bool of_the_attribute = status == SCARD_E_UNSUPPORTED_FEATURE ||
                                status == SCARD_E_NOT_TRANSACTED ||
                                status == SCARD_E_INSUFFICIENT_BUFFER;
  call.rv = of_the_attribute ? Code::Success : code_of(status);
}

void SystemCalls::perform(pcsc::GetAttribute& call) const {
  DWORD size = std::min<std::size_t>(call.length, call.value.size());
  call.rv = code_of(SCardGetAttrib(handle(call.card), call.id, call.value.data(), &size));
  call.length = static_cast<std::uint32_t>(size);
}

void SystemCalls::perform(pcsc::SetAttribute& call) const {
  const DWORD size = std::min<std::size_t>(call.length, call.value.size());
  call.rv = code_of(SCardSetAttrib(handle(call.card), call.id, call.value.data(), size));
}

long SystemCalls::handle(HandleId card) const {
  const auto found = handles_.find(card);
  return found == handles_.end() ? 0 : found->second;
}

void SystemCalls::leave() {
  handles_.clear();
  if (const auto context = std::exchange(context_, std::nullopt)) SCardReleaseContext(*context);
}

}  // namespace vscard::pcsc_bridge::serve
