#include "inspect/history.hpp"

#include <algorithm>
#include <utility>

namespace vscard::inspect {

void History::add(std::string line) {
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  while (lines_.size() > limits_.lines || (bytes_ > limits_.bytes && lines_.size() > 1)) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
    ++first_;
  }
}

History::Part History::after(std::uint64_t position, std::size_t most) const {
  const std::uint64_t end = first_ + lines_.size();
  const std::uint64_t from = std::clamp(position, first_, end);
  Part part{.text = {}, .next = from, .missed = from > position ? from - position : 0};
  for (; part.next < end; ++part.next) {
    const std::string& line = lines_[part.next - first_];
    if (!part.text.empty() && part.text.size() + line.size() > most) break;
    part.text.append(line) += '\n';
  }
  return part;
}

}  // namespace vscard::inspect
