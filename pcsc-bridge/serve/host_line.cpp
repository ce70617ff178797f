#include "pcsc-bridge/serve/host_line.hpp"

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::serve {

using protocol::vsc::ReaderId;
using protocol::vsc::Use;
using protocol::vsc::VscHost;

HostLine::HostLine(const asio::any_io_executor& executor, std::string name,
                   const session::VscLinkOptions& options, CardEvents& events, ReaderPlaces& places,
                   Notify notify)
    : name_(std::move(name)),
      events_(events),
      places_(places),
      notify_(std::move(notify)),
      link_(executor, options, *this, notify_) {
  readers_.try_emplace(kFirst, link_.client(), kFirst, [this] { close(); });
}

std::shared_ptr<HostReader> HostLine::share(ReaderId number) {
  return {shared_from_this(), &readers_.at(number)};
}

void HostLine::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    if (added->reader != kFirst) add(added->reader, added->name);
  } else if (const auto* removed = std::get_if<VscHost::ReaderRemoved>(&action)) {
    if (removed->reader != kFirst) remove(removed->reader);
  } else {
    std::visit(
        [this](auto& it) {
          if constexpr (requires { it.reader; }) readers_.at(it.reader).perform(std::move(it));
        },
        action);
  }
}

void HostLine::add(ReaderId number, const std::string& offered) {
  readers_.try_emplace(number, link_.client(), number, [this, number] { lose(number); });
  const auto added = places_.add_beside(name_, offered, share(number));
  if (added) {
    names_[number] = *added;
    return;
  }
  notify_({Notice::Severity::Warning, "no reader for a further card: " + added.error().text});
  link_.client().withdraw(number, Use::NoPlace);
}

void HostLine::remove(ReaderId number) {
  names_.erase(number);
  if (const auto id = readers_.at(number).id()) places_.remove(*id);
  readers_.erase(number);
}

/// The user has removed it, or its client, or the line ends.
void HostLine::lose(ReaderId number) {
  const auto found = names_.find(number);
  if (found == names_.end()) return;
  link_.client().withdraw(number, Use::Removed);
  notify_({Notice::Severity::Info,
           "a further card has no reader until ctl add-reader '" + found->second + "'"});
}

bool HostLine::lacks(const std::string& name) const { return lost(name) != names_.end(); }

Result<> HostLine::offer(const std::string& name) {
  const auto number = lost(name)->first;
  if (auto added = places_.add_again(name, share(number)); !added) return added;
  link_.client().offer(number);
  return {};
}

HostLine::Names::const_iterator HostLine::lost(const std::string& name) const {
  return std::ranges::find_if(names_, [&](const auto& entry) {
    return entry.second == name && !readers_.at(entry.first).id();
  });
}

/// Without the first one the others have no line.
void HostLine::close() {
  names_.clear();
  link_.close();
  for (const auto& [number, reader] : readers_) {
    if (const auto id = reader.id()) places_.remove(*id);
  }
}

}  // namespace vscard::pcsc_bridge::serve
