#include "pcsc-bridge/run/pcsc_readers.hpp"

#include <algorithm>
#include <cstdlib>
#include <winscard.h>

namespace vscard::pcsc_bridge::run {
namespace {

/// The names that pcscd has made of reader.conf's: "vscard soft 00 00".
std::vector<std::string> list_readers(SCARDCONTEXT context) {
  DWORD size = 0;
  if (::SCardListReaders(context, nullptr, nullptr, &size) != SCARD_S_SUCCESS) return {};
  std::string list(size, '\0');
  if (::SCardListReaders(context, nullptr, list.data(), &size) != SCARD_S_SUCCESS) return {};
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin < list.size() && list[begin] != '\0';) {
    names.emplace_back(list.c_str() + begin);
    begin += names.back().size() + 1;
  }
  return names;
}

bool holds_card(SCARDCONTEXT context, const std::string& name) {
  SCARD_READERSTATE state{};
  state.szReader = name.c_str();
  state.dwCurrentState = SCARD_STATE_UNAWARE;
  return ::SCardGetStatusChange(context, 0, &state, 1) == SCARD_S_SUCCESS &&
         (state.dwEventState & SCARD_STATE_PRESENT) != 0;
}

}  // namespace

PcscReaders::PcscReaders(const std::filesystem::path& socket) {
  ::setenv("PCSCLITE_CSOCK_NAME", socket.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no thread
}

PcscReaders::~PcscReaders() {
  if (established_) ::SCardReleaseContext(context_);
}

std::vector<PcscReaders::State> PcscReaders::look(const std::vector<std::string>& names) {
  std::vector<State> states(names.size());
  if (!established_) {
    established_ =
        ::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_) == SCARD_S_SUCCESS;
  }
  if (!established_) return states;
  for (const std::string& listed : list_readers(context_)) {
    // " 00 00" at the end is the library's number and the slot's.
    const std::string name =
        listed.substr(0, listed.size() - std::min<std::size_t>(listed.size(), 6));
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) continue;
    State& state = states[static_cast<std::size_t>(found - names.begin())];
    state = {.present = true, .card = state.card || holds_card(context_, listed)};
  }
  return states;
}

}  // namespace vscard::pcsc_bridge::run
