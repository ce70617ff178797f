#include "ccid-passthru/client_line.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

constexpr protocol::vsc::ReaderId kFirst{0};

}  // namespace

using protocol::vsc::ReaderId;
using protocol::vsc::VscHost;

ClientLine::ClientLine(const asio::any_io_executor& executor,
                       const session::VscLinkOptions& options, LineReader& first, Notify notify,
                       MakeBeside make_beside)
    : make_beside_(std::move(make_beside)),
      readers_{{kFirst, &first}},
      link_(executor, options, *this, std::move(notify), [this] {
        for (const auto& [number, reader] : readers_) reader->client_changed();
      }) {}

void ClientLine::leave() {
  for (auto& [number, reader] : std::exchange(readers_, {{kFirst, readers_.at(kFirst)}})) {
    if (number != kFirst) reader->lose_line();
  }
  link_.leave();
}

void ClientLine::perform(VscHost::Action action) {
  const auto* added = std::get_if<VscHost::ReaderAdded>(&action);
  if (added != nullptr && find(added->reader) == nullptr && make_beside_) {
    if (auto* made = make_beside_(added->reader)) readers_.emplace(added->reader, made);
  }
  std::visit(
      [this](auto& it) {
        if constexpr (requires { it.reader; }) {
          if (auto* reader = find(it.reader)) reader->perform(std::move(it));
        }
      },
      action);
}

bool ClientLine::settled() const {
  return std::ranges::all_of(readers_, [](const auto& entry) { return entry.second->settled(); });
}

LineReader* ClientLine::find(ReaderId number) const {
  const auto found = readers_.find(number);
  return found == readers_.end() ? nullptr : found->second;
}

}  // namespace vscard::ccid_passthru
