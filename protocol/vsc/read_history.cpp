#include "protocol/vsc/read_history.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

constexpr std::size_t kMaxCommands = 256;
constexpr std::size_t kMaxFollowers = 8;
constexpr std::size_t kMaxCommand = 64;  ///< bytes: reads are short

using iso7816::Instruction;

bool is(Bytes command, Instruction instruction) { return Instruction{command[1]} == instruction; }

}  // namespace

void ReadHistory::note(Bytes command, bool read) {
  if (command.size() < iso7816::kApduHeader || is(command, Instruction::GetResponse)) return;
  Command key = kept(command, read);
  if (read && !last_.empty() && command.size() <= kMaxCommand) {
    if (followers_.size() >= kMaxCommands) followers_.clear();
    auto& known = followers_[last_];
    if (std::ranges::find(known, key) == known.end()) known.push_back(key);
    if (known.size() > kMaxFollowers) known.pop_front();
  }
  last_ = std::move(key);
}

std::vector<ReadHistory::Command> ReadHistory::followers(const Command& kept) const {
  const auto found = followers_.find(kept);
  if (found == followers_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

ReadHistory::Command ReadHistory::kept(Bytes command, bool read) {
  const bool whole = read || is(command, Instruction::Select);
  const Bytes part = whole ? command : command.first(iso7816::kApduHeader);
  return {part.begin(), part.end()};
}

}  // namespace vscard::protocol::vsc
