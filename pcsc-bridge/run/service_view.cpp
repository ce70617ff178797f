#include "pcsc-bridge/run/service_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace vscard::pcsc_bridge::run {
namespace {

/// pcscd adds " 00 00", the numbers of reader and slot.
constexpr std::size_t kNumbers = 6;

std::string name_in_conf(const std::string& name) {
  return name.substr(0, name.size() - std::min(name.size(), kNumbers));
}

}  // namespace

ServiceView::ServiceView(const std::filesystem::path& socket) {
  ::setenv("PCSCLITE_CSOCK_NAME", socket.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no thread
}

std::vector<ServiceView::State> ServiceView::look(const std::vector<std::string>& names) {
  std::vector<State> states(names.size());
  if (!context_) {
    auto context = cards::pcsc::Context::establish();
    if (!context) return states;
    context_.emplace(std::move(*context));
  }
  const auto readers = context_->readers();
  if (!readers) return states;
  for (const auto& reader : *readers) {
    const auto found = std::ranges::find(names, name_in_conf(reader.name));
    if (found == names.end()) continue;
    State& state = states[static_cast<std::size_t>(found - names.begin())];
    state = {.present = true, .card = state.card || reader.atr || reader.mute};
  }
  return states;
}

}  // namespace vscard::pcsc_bridge::run
