#include "bench/instant_reader.hpp"

#include "ccid-passthru/usb/device.hpp"
#include "ccid-passthru/usbredir/codec.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace vscard::bench {
namespace {

namespace asio = boost::asio;
using protocol::SecretBytes;

/// T=0, no historical bytes.
constexpr std::array<std::uint8_t, 2> kAtr{0x3b, 0x00};
constexpr std::array<std::uint8_t, 2> kAnswer{0x90, 0x00};
/// NotifySlotChange: a card has come, CCID 1.1 §6.3.1.
constexpr std::array<std::uint8_t, 2> kCardIsIn{0x50, 0x03};
constexpr std::size_t kReadSize = 4096;

class InstantReader {
 public:
  explicit InstantReader(const std::string& path) : socket_(io_) { socket_.connect(path); }

  void serve() {
    std::array<std::uint8_t, kReadSize> buffer{};
    boost::system::error_code ended;
    while (!ended) {
      while (const auto packet = codec_.take_output()) {
        const auto bytes = packet->view();
        asio::write(socket_, asio::buffer(bytes.data(), bytes.size()));
      }
      const std::size_t size = socket_.read_some(asio::buffer(buffer), ended);
      receive(protocol::Bytes(buffer).first(size));
    }
  }

 private:
  void receive(protocol::Bytes bytes) {
    while (!bytes.empty()) {
      const auto request = codec_.next(bytes);
      if (!request)
        throw std::runtime_error(
            ccid_passthru::usbredir::make_error_code(request.error()).message());
      if (*request) std::visit([this](const auto& packet) { handle(packet); }, **request);
    }
  }

  void handle(const ccid_passthru::usbredir::Hello& /*request*/) {
    codec_.send_layout(device_.descriptors());
    codec_.send_connect(device_.descriptors());
  }
  void handle(const ccid_passthru::usbredir::SetConfiguration& request) {
    codec_.send(ccid_passthru::usbredir::ConfigurationStatus{
        .id = request.id, .configuration = request.configuration});
  }
  void handle(const ccid_passthru::usbredir::StartInterruptReceiving& request) {
    codec_.send(ccid_passthru::usbredir::InterruptReceivingStatus{.id = request.id,
                                                                  .endpoint = request.endpoint});
    codec_.send_interrupt(request.endpoint, SecretBytes::copy_of(kCardIsIn));
  }
  void handle(const ccid_passthru::usbredir::ControlPacket& request) {
    const auto result = device_.control(request.setup);
    ccid_passthru::usbredir::ControlPacket answer{.id = request.id,
                                                  .endpoint = request.endpoint,
                                                  .setup = request.setup,
                                                  .status = result.status,
                                                  .data = SecretBytes::copy_of(result.data)};
    answer.setup.length = static_cast<std::uint16_t>(result.data.size());
    codec_.send(std::move(answer));
  }
  void handle(const ccid_passthru::usbredir::BulkPacket& request) {
    if (request.endpoint == ccid_passthru::usb::kBulkIn) {
      reading_ = request.id;
    } else {
      codec_.send(ccid_passthru::usbredir::BulkPacket{
          .id = request.id,
          .endpoint = request.endpoint,
          .length = static_cast<std::uint32_t>(request.data.size()),
          .data = {}});
      reply_ = reply_to(request.data.view());
    }
    if (!reading_ || !reply_) return;
    codec_.send(
        ccid_passthru::usbredir::BulkPacket{.id = *reading_,
                                            .endpoint = ccid_passthru::usb::kBulkIn,
                                            .length = static_cast<std::uint32_t>(reply_->size()),
                                            .data = SecretBytes::copy_of(*reply_)});
    reading_.reset();
    reply_.reset();
  }
  /// The driver of the guest needs nothing else of it.
  void handle(const auto& /*request*/) {}

  static std::vector<std::uint8_t> reply_to(protocol::Bytes message) {
    using enum ccid_passthru::ccid::CommandType;
    if (message.size() < ccid_passthru::ccid::kHeaderSize)
      throw std::runtime_error("not a CCID message");
    const ccid_passthru::ccid::CommandType type{message.front()};
    protocol::Bytes data;
    if (type == IccPowerOn) data = kAtr;
    if (type == XfrBlock) data = kAnswer;
    if (type == SetParameters) data = message.subspan(ccid_passthru::ccid::kHeaderSize);
    const auto status = type == Escape ? ccid_passthru::ccid::CommandStatus::Failed
                                       : ccid_passthru::ccid::CommandStatus::Success;
    std::vector<std::uint8_t> reply{
        static_cast<std::uint8_t>(ccid_passthru::ccid::reply_type(type)),
        static_cast<std::uint8_t>(data.size()),
        0,
        0,
        0,  // dwLength
        message[5],
        message[6],  // bSlot, bSeq
        static_cast<std::uint8_t>(status),
        0,
        0};
    reply.insert(reply.end(), data.begin(), data.end());
    return reply;
  }

  asio::io_context io_;
  asio::local::stream_protocol::socket socket_;
  ccid_passthru::usbredir::Codec codec_{"vsc-bench"};
  ccid_passthru::usb::Device device_{
      {.id = {}, .serial = "instant", .name = "instant"}};  ///< its descriptors
  std::optional<ccid_passthru::usb::RequestId> reading_;
  std::optional<std::vector<std::uint8_t>> reply_;
};

}  // namespace

void serve_instant_reader(const std::string& path) { InstantReader(path).serve(); }

}  // namespace vscard::bench
