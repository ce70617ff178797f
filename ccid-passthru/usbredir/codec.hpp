#pragma once

#include "ccid-passthru/usb/descriptors.hpp"
#include "ccid-passthru/usbredir/errc.hpp"
#include "ccid-passthru/usbredir/packet_guard.hpp"
#include "ccid-passthru/usbredir/packets.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>

struct usbredirparser;  // NOLINT(readability-identifier-naming): the library's

namespace vscard::ccid_passthru::usbredir {

/// The device's end of a usbredir stream: bytes to requests, answers to bytes, with
/// libusbredirparser between them. No I/O: what is to be written is taken out with take_output().
/// Payloads may be PINs: they are wiped, also in the library's buffers.
class Codec {
 public:
  /// The first output is the hello, with `version` as its free text.
  explicit Codec(const std::string& version);
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  ~Codec();

  /// Takes bytes off the front of `input`, until a request is whole or `input` is used up. After an
  /// error the stream cannot be followed any further.
  std::expected<std::optional<Request>, Errc> next(protocol::Bytes& input);

  /// Is part of a packet taken, and the rest not yet there?
  bool in_packet() const { return guard_.in_packet(); }

  /// What the device has: its endpoints and its interface.
  void send_layout(const usb::Descriptors& device);
  void send_connect(const usb::Descriptors& device);
  void send_disconnect();
  void send(const ConfigurationStatus& answer);
  void send(const AltSettingStatus& answer);
  void send(const InterruptReceivingStatus& answer);
  void send(ControlPacket answer);
  void send(BulkPacket answer);
  /// Unasked for, once the guest has asked to receive.
  void send_interrupt(std::uint8_t endpoint, protocol::SecretBytes data);

  /// The next packet to write.
  std::optional<protocol::SecretBytes> take_output();
  /// Of what take_output() has still to give.
  std::size_t output_bytes() const { return output_bytes_; }

 private:
  struct Callbacks;  ///< what the library calls
  struct Free {
    void operator()(usbredirparser* parser) const noexcept;
  };

  void flush();
  PacketGuard::IdSize id_size() const;

  PacketGuard guard_;
  std::unique_ptr<usbredirparser, Free> parser_;
  protocol::Bytes readable_;        ///< what the library may read now
  std::optional<Request> request_;  ///< what it has made of it
  bool refused_ = false;            ///< it has found something that this device is not for
  std::deque<protocol::SecretBytes> output_;
  std::size_t output_bytes_ = 0;
};

}  // namespace vscard::ccid_passthru::usbredir
