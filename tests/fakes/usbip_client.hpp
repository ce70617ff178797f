#pragma once

#include "ccid-passthru/usb/request.hpp"
#include "protocol/bytes.hpp"
#include "tests/fakes/hex.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vscard::fakes {

/// A client of USB/IP as vhci_hcd is, with what it has submitted: it makes requests of any kind,
/// and it reads answers, a line for each. Like vhci_hcd it minds an answer to what it did not ask.
///
///     "1 status 0 length 18 1201…"     RET_SUBMIT
///     "2 unlink -104"                  RET_UNLINK
class UsbipClient {
 public:
  using Raw = std::vector<std::uint8_t>;

  static constexpr std::uint32_t kShortNotOk = 1;

  static Raw list_request() { return from_hex("0111 8005 00000000"); }
  static Raw import_request(std::string bus_id) {
    Raw bytes = from_hex("0111 8003 00000000");
    bus_id.resize(32);
    bytes.insert(bytes.end(), bus_id.begin(), bus_id.end());
    return bytes;
  }

  Raw in(std::uint32_t sequence, std::uint8_t endpoint, std::uint32_t length,
         std::uint32_t flags = 0) {
    return submit(sequence, endpoint | 0x80U, length, {}, {}, flags);
  }
  Raw out(std::uint32_t sequence, std::uint8_t endpoint, const Raw& data) {
    return submit(sequence, endpoint, static_cast<std::uint32_t>(data.size()), data);
  }
  Raw control(std::uint32_t sequence, const ccid_passthru::usb::Setup& setup,
              const Raw& data = {}) {
    return submit(sequence, setup.request_type & 0x80U, setup.length, data, setup);
  }
  Raw configure(std::uint32_t sequence) { return control(sequence, {.request = 9, .value = 1}); }
  /// `length` may lie.
  Raw submit(std::uint32_t sequence, unsigned endpoint, std::uint32_t length, const Raw& data,
             const ccid_passthru::usb::Setup& setup = {}, std::uint32_t flags = 0) {
    Raw bytes;
    protocol::ByteWriter out(bytes);
    begin(out, 1, sequence, endpoint >> 7, endpoint & 0x7f);
    out.u32_be(flags);
    out.u32_be(length);
    for (int i = 0; i < 3; ++i) out.u32_be(0);  // start frame, iso packets, interval
    out.u8(setup.request_type);
    out.u8(setup.request);
    out.u16_le(setup.value);
    out.u16_le(setup.index);
    out.u16_le(setup.length);
    out.bytes(data);
    submitted_[sequence] = {.is_input = endpoint >= 0x80, .length = length};
    return bytes;
  }
  Raw unlink(std::uint32_t sequence, std::uint32_t victim) {
    Raw bytes;
    protocol::ByteWriter out(bytes);
    begin(out, 2, sequence, 0, 0);
    out.u32_be(victim);
    for (int i = 0; i < 6; ++i) out.u32_be(0);
    unlinks_[sequence] = victim;
    return bytes;
  }

  /// Takes the bytes of whole answers.
  std::vector<std::string> feed(protocol::Bytes bytes) {
    protocol::ByteReader in(bytes);
    std::vector<std::string> lines;
    while (in.remaining() > 0 && wrong_.empty()) lines.push_back(answer(in));
    if (!in.ok()) wrong_ = "a part of an answer";
    return lines;
  }

  /// What vhci_hcd would give the device up for, or "".
  const std::string& wrong() const { return wrong_; }
  /// Are there requests without an answer?
  bool owed() const { return !submitted_.empty() || !unlinks_.empty(); }

 private:
  struct Submitted {
    bool is_input = false;
    std::uint32_t length = 0;
  };

  static void begin(protocol::ByteWriter<Raw>& out, std::uint32_t command, std::uint32_t sequence,
                    std::uint32_t direction, std::uint32_t endpoint) {
    out.u32_be(command);
    out.u32_be(sequence);
    out.u32_be(0x10001);  // devid
    out.u32_be(direction);
    out.u32_be(endpoint);
  }

  std::string answer(protocol::ByteReader& in) {
    const std::uint32_t command = in.u32_be();
    const std::uint32_t sequence = in.u32_be();
    if (in.u32_be() != 0 || in.u32_be() != 0 || in.u32_be() != 0) wrong_ = "not zero in an answer";
    const auto status = static_cast<std::int32_t>(in.u32_be());
    const std::string number = std::to_string(sequence);
    if (command == 4) {
      in.bytes(24);
      take_unlink(sequence, status);
      return number + " unlink " + std::to_string(status);
    }
    if (command != 3) wrong_ = "an answer of another kind";
    const std::uint32_t length = in.u32_be();
    in.bytes(20);
    const Submitted submitted = take_submitted(sequence);
    if (length > submitted.length) wrong_ = "more than was asked for";
    const auto data = in.bytes(submitted.is_input ? length : 0);
    return number + " status " + std::to_string(status) + " length " + std::to_string(length) +
           (data.empty() ? "" : " " + to_hex(data));
  }
  Submitted take_submitted(std::uint32_t sequence) {
    const auto node = submitted_.extract(sequence);
    if (!node) wrong_ = "an answer to nothing: " + std::to_string(sequence);
    return node ? node.mapped() : Submitted{};
  }
  void take_unlink(std::uint32_t sequence, std::int32_t status) {
    const auto node = unlinks_.extract(sequence);
    if (!node) wrong_ = "unlinked nothing: " + std::to_string(sequence);
    const bool pending = node && submitted_.erase(node.mapped()) > 0;
    if (pending != (status == -104))
      wrong_ = "unlinked what was pending, or not: " + std::to_string(status);
  }

  std::map<std::uint32_t, Submitted> submitted_;
  std::map<std::uint32_t, std::uint32_t> unlinks_;  ///< victims, by their own sequence
  std::string wrong_;
};

}  // namespace vscard::fakes
