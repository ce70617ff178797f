#include "capture/usb_packet.hpp"

#include <algorithm>
#include <span>

namespace vscard::capture {
namespace {

// Where the fields are, in bytes.
constexpr std::size_t kSetup = 40;

constexpr std::uint8_t kPresent = 0;  // of the setup, and of the data
constexpr std::uint8_t kNoSetup = '-';
constexpr std::uint8_t kNoDataIn = '<';
constexpr std::uint8_t kNoDataOut = '>';

/// Fills an array from its front.
class Fields {
 public:
  explicit Fields(UsbHead& head) : rest_(head) {}
  template <std::size_t N>
  void le(std::uint64_t value) {
    for (std::size_t i = 0; i < N; ++i) {
      rest_[i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    rest_ = rest_.subspan(N);
  }

 private:
  std::span<std::uint8_t> rest_;
};

std::uint8_t data_flag(const UsbTransfer& transfer) {
  if (transfer.carries_data) return kPresent;
  return (transfer.endpoint & 0x80) != 0 ? kNoDataIn : kNoDataOut;
}

}  // namespace

UsbHead usb_head(const UsbTransfer& transfer, Moment when) {
  using namespace std::chrono;
  const auto since_epoch = duration_cast<microseconds>(when.time_since_epoch());
  const auto whole = floor<seconds>(since_epoch);
  UsbHead head{};
  Fields out(head);
  out.le<8>(transfer.id);
  out.le<1>(static_cast<std::uint8_t>(transfer.event));
  out.le<1>(static_cast<std::uint8_t>(transfer.kind));
  out.le<1>(transfer.endpoint);
  out.le<1>(transfer.device);
  out.le<2>(transfer.bus);
  out.le<1>(transfer.setup != nullptr ? kPresent : kNoSetup);
  out.le<1>(data_flag(transfer));
  out.le<8>(static_cast<std::uint64_t>(whole.count()));
  out.le<4>(static_cast<std::uint64_t>((since_epoch - whole).count()));
  out.le<4>(static_cast<std::uint32_t>(transfer.status));
  out.le<4>(transfer.length);
  out.le<4>(transfer.carries_data ? transfer.length : 0);
  if (transfer.setup != nullptr) std::ranges::copy(*transfer.setup, head.begin() + kSetup);
  return head;
}

}  // namespace vscard::capture
