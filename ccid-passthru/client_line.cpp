#include "ccid-passthru/client_line.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

constexpr protocol::vsc::ReaderId kFirst{0};

}  // namespace

using protocol::vsc::ReaderId;
using protocol::vsc::Use;
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

void ClientLine::forget(ReaderId number) {
  readers_.erase(number);
  withdraw(number, Use::Removed);
}

void ClientLine::withdraw(ReaderId number, Use why) {
  const auto found = at_client_.find(number);
  if (found != at_client_.end()) found->second = why;
  link_.withdraw(number, why);
}

std::map<ReaderId, Use> ClientLine::without_reader() const {
  auto numbers = at_client_;
  std::erase_if(numbers, [](const auto& entry) { return entry.second == Use::Ready; });
  return numbers;
}

bool ClientLine::offer(ReaderId number) {
  auto* const made = make(number);
  if (made == nullptr) return false;
  made->perform(VscHost::ReaderAdded{number, ""});
  at_client_[number] = Use::Ready;
  link_.offer(number);
  return true;
}

LineReader* ClientLine::make(ReaderId number) {
  auto* const made = make_beside_ ? make_beside_(number) : nullptr;
  if (made != nullptr) readers_.emplace(number, made);
  return made;
}

void ClientLine::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    at_client_[added->reader] = Use::Ready;
    const bool has = find(added->reader) != nullptr || make(added->reader) != nullptr;
    if (!has) withdraw(added->reader, Use::NoPlace);
  } else if (const auto* removed = std::get_if<VscHost::ReaderRemoved>(&action)) {
    at_client_.erase(removed->reader);
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
