#include "tests/fakes/socket_guest.hpp"

#include "ccid-passthru/usb/descriptors.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/raw_packets.hpp"

#include <stdexcept>
#include <utility>

namespace vscard::fakes {

using namespace raw_packets;
using namespace ccid_passthru;

namespace {

constexpr std::uint32_t kReadLength = 65556;  ///< bytes: as libccid
/// Ids that no test uses itself.
constexpr std::uint64_t kFirstId = 1ULL << 48;
/// Bits 6 and 7 of bStatus, CCID 1.1 §6.2.6.
constexpr std::uint8_t kTimeExtension = 0x80;

}  // namespace

SocketGuest::SocketGuest(const std::string& path)
    : socket_(test::RawSocket::connect_unix(path)), last_id_(kFirstId) {
  exchange(hello() + set_configuration(1, 1));
}

SocketGuest::Lines SocketGuest::exchange(protocol::Bytes bytes) {
  Raw all(bytes.begin(), bytes.end());
  all += get_configuration(++last_id_);
  Lines lines = exchange_until(" id " + std::to_string(last_id_) + " ", all);
  lines.pop_back();
  return lines;
}

SocketGuest::Lines SocketGuest::exchange_to_end(protocol::Bytes bytes) {
  bool finished = false;
  do {
    if (bytes.empty() && !std::exchange(finished, true)) socket_.finish();
  } while (exchange_some(bytes));
  return {seen_.begin(), seen_.end()};
}

std::string SocketGuest::command(protocol::Bytes message) {
  const std::uint64_t id = ++last_id_;
  const Raw sent = bulk_out(id, usb::kBulkOut, {message.begin(), message.end()});
  exchange_until("bulk id " + std::to_string(id) + " ", sent);
  Raw answer;
  do {
    answer = from_hex(read());
    if (answer.size() < ccid::kHeaderSize) throw std::runtime_error("no CCID message");
  } while ((answer[7] & kTimeExtension) != 0);
  return text_of(answer);
}

void SocketGuest::power_on() {
  const auto answer = command(fakes::command(ccid::CommandType::IccPowerOn, 0));
  if (!answer.starts_with("DataBlock 0 00 00 ")) throw std::runtime_error("power on: " + answer);
}

std::string SocketGuest::read() {
  const std::uint64_t id = ++last_id_;
  const Raw sent = bulk(id, usb::kBulkIn, kReadLength);
  const Lines lines = exchange_until("bulk id " + std::to_string(id) + " ", sent);
  return lines.back().substr(lines.back().rfind(' ') + 1);
}

/// What comes, up to the first line with this text in it.
SocketGuest::Lines SocketGuest::exchange_until(const std::string& text, protocol::Bytes bytes) {
  Lines lines;
  while (true) {
    for (; !seen_.empty(); seen_.pop_front()) {
      lines.push_back(std::move(seen_.front()));
      if (lines.back().find(text) == std::string::npos) continue;
      seen_.pop_front();
      return lines;
    }
    if (!exchange_some(bytes)) throw std::runtime_error("the stream has ended");
  }
}

/// False: the stream has ended.
bool SocketGuest::exchange_some(protocol::Bytes& bytes) {
  const auto received = socket_.exchange_some(bytes);
  if (!received) return false;
  guest_.feed(*received);
  for (std::string& line : guest_.seen()) {
    const bool wrong = line == "error" || line.starts_with("complaint: ");
    if (wrong) throw std::runtime_error("what came is no usbredir: " + line);
    seen_.push_back(std::move(line));
  }
  return true;
}

}  // namespace vscard::fakes
