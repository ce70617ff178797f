// The functions of libpcsclite, made of fakes::Pcsclite.

#include "protocol/iso7816/atr.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <algorithm>
#include <reader.h>
#include <span>
#include <utility>
#include <winscard.h>

namespace vscard::fakes {

/// What the functions do, under the object's mutex and with a way to its private parts.
struct PcscliteFunctions {
  using Connection = Pcsclite::Connection;

  Pcsclite& fake;
  std::unique_lock<std::mutex>& lock;
  int service = fake.service_;

  /// Has the service ended since the call began? There may be another one by now.
  bool gone() const { return !fake.running_ || fake.service_ != service; }

  /// `work` when there is an object, a service, and no other result that was asked for.
  template <class Work>
  static LONG call(PcscCall call, Work work) {
    Pcsclite* fake = Pcsclite::current;
    if (fake == nullptr) return SCARD_E_NO_SERVICE;
    std::unique_lock lock(fake->mutex_);
    if (const auto code = fake->enter(lock, call)) return *code;
    return work(PcscliteFunctions{*fake, lock});
  }

  LONG establish(LPSCARDCONTEXT context) const {
    *context = fake.next_handle_++;
    fake.contexts_.insert(*context);
    return SCARD_S_SUCCESS;
  }
  LONG release(SCARDCONTEXT context) const {
    std::erase_if(fake.connections_, [&](const auto& it) { return it.second.context == context; });
    fake.changed_.notify_all();
    return fake.contexts_.erase(context) > 0 ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
  }

  LONG list_readers(SCARDCONTEXT context, LPSTR text, LPDWORD size) const {
    if (!fake.contexts_.contains(context)) return SCARD_E_INVALID_HANDLE;
    if (fake.order_.empty()) return SCARD_E_NO_READERS_AVAILABLE;
    std::string names;
    for (const auto& name : fake.order_) names += name + '\0';
    names += '\0';
    const DWORD room = std::exchange(*size, names.size());
    if (text == nullptr) return SCARD_S_SUCCESS;
    if (room < names.size()) return SCARD_E_INSUFFICIENT_BUFFER;
    std::ranges::copy(names, text);
    return SCARD_S_SUCCESS;
  }

  LONG get_status_change(SCARDCONTEXT context, DWORD limit,
                         std::span<SCARD_READERSTATE> states) const {
    if (!fake.contexts_.contains(context)) return SCARD_E_INVALID_HANDLE;
    if (states.empty()) return SCARD_E_INVALID_PARAMETER;
    if (std::ranges::any_of(states, [&](auto& it) { return look(it) == SCARD_STATE_UNKNOWN; })) {
      return SCARD_E_UNKNOWN_READER;
    }
    count_readers(states);
    if (limit == 0 && !look(states)) return SCARD_E_TIMEOUT;
    fake.watching_.insert(context);
    const bool ended = fake.wait(
        lock, PcscCall::GetStatusChange,
        [&] { return gone() || fake.cancelled_.contains(context) || look(states); },
        std::chrono::milliseconds(limit));
    fake.watching_.erase(context);
    if (!ended) return SCARD_E_TIMEOUT;
    const bool cancelled = fake.cancelled_.erase(context) > 0;
    if (gone()) return fake.stopped_;
    if (cancelled) return SCARD_E_CANCELLED;
    const bool unknown = std::ranges::any_of(
        states, [](const auto& state) { return (state.dwEventState & SCARD_STATE_UNKNOWN) != 0; });
    return unknown ? SCARD_E_UNKNOWN_READER : SCARD_S_SUCCESS;
  }
  /// Before pcsc-lite 2.3 the list is compared with what it is when the call begins.
  void count_readers(std::span<SCARD_READERSTATE> states) const {
    if (fake.list_events_) return;
    for (auto& state : states) {
      if (is_list(state)) state.dwCurrentState = look(state);
    }
  }
  /// Fills the states in. True: one differs from what is known.
  bool look(std::span<SCARD_READERSTATE> states) const {
    bool differ = false;
    for (auto& state : states) {
      const DWORD now = look(state);
      const bool differs = now != state.dwCurrentState;
      state.dwEventState = written(state, now) | (differs ? SCARD_STATE_CHANGED : 0U);
      differ = differ || differs;
    }
    return differ;
  }
  static bool is_list(const SCARD_READERSTATE& state) {
    return std::string(state.szReader) == R"(\\?PnP?\Notification)";
  }
  DWORD written(const SCARD_READERSTATE& state, DWORD now) const {
    return is_list(state) && !fake.list_events_ ? 0 : now;
  }
  DWORD look(SCARD_READERSTATE& state) const {
    if (is_list(state)) return fake.list_events_.value_or(fake.order_.size()) << 16;
    const auto found = fake.readers_.find(state.szReader);
    state.cbAtr = 0;
    if (found == fake.readers_.end()) return SCARD_STATE_UNKNOWN;
    const auto& [name, reader] = *found;
    const DWORD changes = static_cast<DWORD>(reader.changes) << 16;
    if (!reader.atr) return changes | SCARD_STATE_EMPTY;
    state.cbAtr = reader.atr->size();
    std::ranges::copy(*reader.atr, std::span(state.rgbAtr).begin());
    DWORD word = changes | SCARD_STATE_PRESENT;
    if (reader.mute) word |= SCARD_STATE_MUTE;
    if (reader.taken || connected(name, true)) return word | SCARD_STATE_EXCLUSIVE;
    return connected(name, false) ? word | SCARD_STATE_INUSE : word;
  }
  bool connected(const std::string& reader, bool exclusively) const {
    return std::ranges::any_of(fake.connections_, [&](const auto& it) {
      return it.second.reader == reader && (!exclusively || it.second.exclusive);
    });
  }

  LONG cancel(SCARDCONTEXT context) const {
    if (!fake.contexts_.contains(context)) return SCARD_E_INVALID_HANDLE;
    // As the library does it: a call that does not wait yet is not cancelled.
    if (fake.watching_.contains(context)) fake.cancelled_.insert(context);
    fake.changed_.notify_all();
    return SCARD_S_SUCCESS;
  }

  LONG connect(SCARDCONTEXT context, const std::string& name, DWORD share, LPSCARDHANDLE handle,
               LPDWORD protocol) const {
    fake.last_share_ = share;
    const bool exclusive = share == SCARD_SHARE_EXCLUSIVE;
    if (!fake.contexts_.contains(context)) return SCARD_E_INVALID_HANDLE;
    wait_for_transactions(PcscCall::Connect, name, 0);
    if (gone()) return fake.stopped_;
    const auto found = fake.readers_.find(name);
    if (found == fake.readers_.end()) return SCARD_E_UNKNOWN_READER;
    const Pcsclite::Reader& reader = found->second;
    if (!reader.atr) return SCARD_E_NO_SMARTCARD;
    if (reader.mute) return SCARD_W_UNRESPONSIVE_CARD;
    if (reader.taken || connected(name, !exclusive)) return SCARD_E_SHARING_VIOLATION;
    *handle = fake.next_handle_++;
    *protocol = protocol_of(reader);
    fake.connections_[*handle] = {.context = context,
                                  .reader = name,
                                  .exclusive = exclusive,
                                  .changes = reader.changes,
                                  .resets = reader.resets};
    fake.changed_.notify_all();
    return SCARD_S_SUCCESS;
  }
  LONG reconnect(SCARDHANDLE handle, DWORD share, DWORD initialization, LPDWORD protocol) const {
    fake.last_share_ = share;
    const LONG code = check(handle);
    if (code != SCARD_S_SUCCESS && code != SCARD_W_RESET_CARD) return code;
    Connection& connection = fake.connections_.at(handle);
    Pcsclite::Reader& reader = fake.readers_.at(connection.reader);
    fake.last_initialization_ = initialization;
    if (initialization != SCARD_LEAVE_CARD) ++reader.resets;
    connection.resets = reader.resets;
    *protocol = protocol_of(reader);
    return SCARD_S_SUCCESS;
  }
  LONG disconnect(SCARDHANDLE handle, DWORD disposition) const {
    fake.last_disposition_ = disposition;
    const bool known = fake.connections_.erase(handle) > 0;
    fake.changed_.notify_all();
    return known ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
  }
  /// TD1's, or 0 where there is none.
  static DWORD protocol_of(const Pcsclite::Reader& reader) {
    const auto atr = protocol::iso7816::Atr::parse(*reader.atr);
    return atr && atr->first_protocol() == 1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;
  }

  /// Is the connection good, and its card as it was?
  LONG check(SCARDHANDLE handle) const {
    const auto found = fake.connections_.find(handle);
    if (found == fake.connections_.end()) return SCARD_E_INVALID_HANDLE;
    const auto reader = fake.readers_.find(found->second.reader);
    if (reader == fake.readers_.end()) return SCARD_E_READER_UNAVAILABLE;
    const bool same = reader->second.atr && reader->second.changes == found->second.changes;
    if (!same) return SCARD_W_REMOVED_CARD;
    return reader->second.resets == found->second.resets ? SCARD_S_SUCCESS : SCARD_W_RESET_CARD;
  }
  void wait_for_transactions(PcscCall call, const std::string& name, SCARDHANDLE handle) const {
    fake.wait(lock, call, [&] {
      return gone() || std::ranges::none_of(fake.connections_, [&](const auto& it) {
               return it.first != handle && it.second.reader == name && it.second.in_transaction;
             });
    });
  }
  LONG begin_transaction(SCARDHANDLE handle) const {
    if (const LONG code = check(handle); code != SCARD_S_SUCCESS) return code;
    const std::string reader = fake.connections_.at(handle).reader;
    wait_for_transactions(PcscCall::BeginTransaction, reader, handle);
    if (gone()) return fake.stopped_;
    if (const LONG code = check(handle); code != SCARD_S_SUCCESS) return code;
    fake.connections_.at(handle).in_transaction = true;
    return SCARD_S_SUCCESS;
  }
  LONG end_transaction(SCARDHANDLE handle, DWORD disposition) const {
    fake.last_disposition_ = disposition;
    if (const LONG code = check(handle); code != SCARD_S_SUCCESS) return code;
    const bool held = std::exchange(fake.connections_.at(handle).in_transaction, false);
    fake.changed_.notify_all();
    return held ? SCARD_S_SUCCESS : SCARD_E_NOT_TRANSACTED;
  }

  LONG transmit(SCARDHANDLE handle, DWORD protocol, std::span<const std::uint8_t> command,
                LPBYTE response, LPDWORD size) const {
    if (const LONG code = check(handle); code != SCARD_S_SUCCESS) return code;
    const Pcsclite::Data bytes(command.begin(), command.end());
    fake.commands_.push_back(to_hex(bytes));
    fake.last_protocol_ = protocol;
    const auto card = fake.card_;
    lock.unlock();
    const Pcsclite::Data answer = card ? card(bytes) : Pcsclite::Data{0x90, 0x00};
    lock.lock();
    if (gone()) return fake.stopped_;
    if (const LONG code = check(handle); code != SCARD_S_SUCCESS) return code;
    return give(answer, response, size);
  }
  LONG control(SCARDHANDLE handle, DWORD code, std::span<const std::uint8_t> data, LPBYTE into,
               LPDWORD size) const {
    if (!fake.connections_.contains(handle)) return SCARD_E_INVALID_HANDLE;
    const auto answer =
        fake.driver_ ? fake.driver_(code, {data.begin(), data.end()}) : std::nullopt;
    return answer ? give(*answer, into, size) : SCARD_E_UNSUPPORTED_FEATURE;
  }
  LONG get_atr(SCARDHANDLE handle, LPBYTE bytes, LPDWORD size) const {
    if (const LONG code = check(handle); code != SCARD_S_SUCCESS) return code;
    return give(*fake.readers_.at(fake.connections_.at(handle).reader).atr, bytes, size);
  }
  static LONG give(const Pcsclite::Data& bytes, LPBYTE into, LPDWORD size) {
    const DWORD room = std::exchange(*size, bytes.size());
    if (room < bytes.size()) return SCARD_E_INSUFFICIENT_BUFFER;
    std::ranges::copy(bytes, into);
    return SCARD_S_SUCCESS;
  }
};

}  // namespace vscard::fakes

namespace {

using vscard::fakes::PcscCall;
using Functions = vscard::fakes::PcscliteFunctions;

}  // namespace

const SCARD_IO_REQUEST g_rgSCardT0Pci{SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST g_rgSCardT1Pci{SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST g_rgSCardRawPci{SCARD_PROTOCOL_RAW, sizeof(SCARD_IO_REQUEST)};

LONG SCardEstablishContext(DWORD /*scope*/, LPCVOID /*reserved*/, LPCVOID /*reserved*/,
                           LPSCARDCONTEXT context) {
  return Functions::call(PcscCall::EstablishContext,
                         [&](const Functions& it) { return it.establish(context); });
}

LONG SCardReleaseContext(SCARDCONTEXT context) {
  return Functions::call(PcscCall::ReleaseContext,
                         [&](const Functions& it) { return it.release(context); });
}

LONG SCardListReaders(SCARDCONTEXT context, LPCSTR /*groups*/, LPSTR readers, LPDWORD size) {
  return Functions::call(PcscCall::ListReaders, [&](const Functions& it) {
    return it.list_readers(context, readers, size);
  });
}

LONG SCardGetStatusChange(SCARDCONTEXT context, DWORD limit, SCARD_READERSTATE* states,
                          DWORD count) {
  return Functions::call(PcscCall::GetStatusChange, [&](const Functions& it) {
    return it.get_status_change(context, limit, {states, count});
  });
}

LONG SCardCancel(SCARDCONTEXT context) {
  return Functions::call(PcscCall::Cancel, [&](const Functions& it) { return it.cancel(context); });
}

LONG SCardConnect(SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD /*protocols*/,
                  LPSCARDHANDLE handle, LPDWORD protocol) {
  return Functions::call(PcscCall::Connect, [&](const Functions& it) {
    return it.connect(context, reader, share, handle, protocol);
  });
}

LONG SCardReconnect(SCARDHANDLE handle, DWORD share, DWORD /*protocols*/, DWORD initialization,
                    LPDWORD protocol) {
  return Functions::call(PcscCall::Reconnect, [&](const Functions& it) {
    return it.reconnect(handle, share, initialization, protocol);
  });
}

LONG SCardDisconnect(SCARDHANDLE handle, DWORD disposition) {
  return Functions::call(PcscCall::Disconnect,
                         [&](const Functions& it) { return it.disconnect(handle, disposition); });
}

LONG SCardBeginTransaction(SCARDHANDLE handle) {
  return Functions::call(PcscCall::BeginTransaction,
                         [&](const Functions& it) { return it.begin_transaction(handle); });
}

LONG SCardEndTransaction(SCARDHANDLE handle, DWORD disposition) {
  return Functions::call(PcscCall::EndTransaction, [&](const Functions& it) {
    return it.end_transaction(handle, disposition);
  });
}

LONG SCardTransmit(SCARDHANDLE handle, const SCARD_IO_REQUEST* pci, LPCBYTE command, DWORD size,
                   SCARD_IO_REQUEST* /*received*/, LPBYTE response, LPDWORD response_size) {
  return Functions::call(PcscCall::Transmit, [&](const Functions& it) {
    return it.transmit(handle, pci->dwProtocol, {command, size}, response, response_size);
  });
}

LONG SCardGetAttrib(SCARDHANDLE handle, DWORD attribute, LPBYTE bytes, LPDWORD size) {
  return Functions::call(PcscCall::GetAttrib, [&](const Functions& it) -> LONG {
    if (attribute != SCARD_ATTR_ATR_STRING) return SCARD_E_UNSUPPORTED_FEATURE;
    return it.get_atr(handle, bytes, size);
  });
}

LONG SCardSetAttrib(SCARDHANDLE handle, DWORD /*attribute*/, LPCBYTE /*bytes*/, DWORD /*size*/) {
  return Functions::call(PcscCall::SetAttrib, [&](const Functions& it) {
    const LONG code = it.check(handle);
    return code == SCARD_S_SUCCESS ? SCARD_E_UNSUPPORTED_FEATURE : code;
  });
}

LONG SCardControl(SCARDHANDLE handle, DWORD code, LPCVOID data, DWORD size, LPVOID into, DWORD room,
                  LPDWORD received) {
  return Functions::call(PcscCall::Control, [&](const Functions& it) {
    *received = room;
    return it.control(handle, code, {static_cast<const std::uint8_t*>(data), size},
                      static_cast<LPBYTE>(into), received);
  });
}

const char* pcsc_stringify_error(const LONG code) {
  static thread_local std::string text;
  text = "code " + std::to_string(code - 0x80100000L);
  return text.c_str();
}
