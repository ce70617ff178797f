#include "ccid-passthru/usbredir/codec.hpp"

#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid_passthru::usbredir {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using protocol::Bytes;

/// What QEMU 7.2 sends when its chardev opens: a 32-bit id, its version, all capabilities.
std::vector<std::uint8_t> hello_of_qemu(std::string_view capabilities = "ff000000") {
  auto bytes = from_hex("00000000 44000000 00000000");
  const std::string version = "qemu usb-redir guest 7.2.22";
  bytes.insert(bytes.end(), version.begin(), version.end());
  bytes.resize(12 + 64);
  const auto words = from_hex(capabilities);
  bytes.insert(bytes.end(), words.begin(), words.end());
  return bytes;
}

std::string output_of(Codec& codec) {
  std::string text;
  while (const auto packet = codec.take_output()) text += to_hex(packet->view());
  return text;
}

/// The next request; nothing also after an error.
std::optional<Request> next(Codec& codec, Bytes& input) {
  auto request = codec.next(input);
  return request ? std::move(*request) : std::nullopt;
}

/// The one request in `bytes`, at exact heap size.
template <class T>
T request_in(Codec& codec, Bytes bytes) {
  const ExactBytes exact(bytes);
  Bytes input = exact;
  std::optional<Request> request = next(codec, input);
  EXPECT_TRUE(input.empty());
  T* found = request ? std::get_if<T>(&*request) : nullptr;
  if (found != nullptr) return std::move(*found);
  ADD_FAILURE() << "not the request expected in " << to_hex(bytes);
  return {};
}

Errc error_in(Codec& codec, Bytes bytes) {
  const ExactBytes exact(bytes);
  Bytes input = exact;
  while (!input.empty()) {
    const auto request = codec.next(input);
    if (!request) return request.error();
  }
  ADD_FAILURE() << "no error in " << to_hex(bytes);
  return {};
}

TEST(UsbredirCodec, GreetsAtOnceWithItsCapabilities) {
  Codec codec("vscard");
  const std::string hello = output_of(codec);
  EXPECT_EQ(hello.substr(0, 24),
            "00000000"
            "44000000"
            "00000000");
  EXPECT_EQ(hello.substr(24, 14), "76736361726400");  // "vscard", NUL
  EXPECT_EQ(hello.substr(152), "76000000");           // capabilities 1, 2, 4, 5, 6
  EXPECT_EQ(codec.output_bytes(), 0U);
}

TEST(UsbredirCodec, ReadsQemusHello) {
  Codec codec("vscard");
  EXPECT_EQ(request_in<Hello>(codec, hello_of_qemu()).version, "qemu usb-redir guest 7.2.22");
}

TEST(UsbredirCodec, ReadsAHelloWithoutATerminator) {
  auto bytes = hello_of_qemu();
  std::fill(bytes.begin() + 12, bytes.begin() + 76, 'x');
  Codec codec("vscard");
  EXPECT_EQ(request_in<Hello>(codec, bytes).version, std::string(64, 'x'));
}

TEST(UsbredirCodec, ReadsAHelloSplitAnywhere) {
  const auto bytes = hello_of_qemu();
  for (std::size_t split = 1; split < bytes.size(); ++split) {
    Codec codec("vscard");
    const ExactBytes first(Bytes(bytes).first(split));
    Bytes input = first;
    const auto nothing = codec.next(input);
    ASSERT_TRUE(nothing) << split;
    EXPECT_FALSE(*nothing) << split;
    EXPECT_TRUE(codec.in_packet()) << split;
    EXPECT_EQ(request_in<Hello>(codec, Bytes(bytes).subspan(split)).version,
              "qemu usb-redir guest 7.2.22");
    EXPECT_FALSE(codec.in_packet()) << split;
  }
}

TEST(UsbredirCodec, TakesOneRequestAtATime) {
  Codec codec("vscard");
  auto bytes = hello_of_qemu();
  const auto reset = from_hex("03000000 00000000 0000000000000000");
  bytes.insert(bytes.end(), reset.begin(), reset.end());
  Bytes input = bytes;
  ASSERT_TRUE(std::holds_alternative<Hello>(next(codec, input).value_or(FilterReject{})));
  EXPECT_EQ(input.size(), reset.size());
  ASSERT_TRUE(std::holds_alternative<Reset>(next(codec, input).value_or(FilterReject{})));
  EXPECT_TRUE(input.empty());
}

TEST(UsbredirCodec, HasIdsAndLengthsOf64And32BitsWithQemu) {
  Codec codec("vscard");
  request_in<Hello>(codec, hello_of_qemu());
  const auto request = request_in<BulkPacket>(codec, from_hex("65000000"          // bulk_packet
                                                              "0a000000"          // 10 bytes
                                                              "8877665544332211"  // id
                                                              "82"
                                                              "00"
                                                              "1400"  // IN 2, length
                                                              "00000000"
                                                              "0100"));  // stream, high
  EXPECT_EQ(request.id, usb::RequestId{0x1122334455667788});
  EXPECT_EQ(request.endpoint, 0x82);
  EXPECT_EQ(request.length, 65556U);
  EXPECT_TRUE(request.data.empty());

  output_of(codec);
  BulkPacket answer{.id = request.id,
                    .endpoint = 0x82,
                    .length = 2,
                    .data = protocol::SecretBytes::copy_of(from_hex("9000"))};
  codec.send(std::move(answer));
  EXPECT_EQ(codec.output_bytes(), 28U);
  EXPECT_EQ(output_of(codec),
            "65000000"
            "0c000000"
            "8877665544332211"
            "82"
            "00"
            "0200"
            "00000000"
            "0000"
            "9000");
}

TEST(UsbredirCodec, HasIdsAndLengthsOf32And16BitsWithAGuestWithoutCapabilities) {
  auto hello = hello_of_qemu("");
  hello[4] = 64;
  Codec codec("vscard");
  request_in<Hello>(codec, hello);
  const auto request = request_in<BulkPacket>(codec, from_hex("65000000"
                                                              "0a000000"
                                                              "44332211"
                                                              "02"
                                                              "00"
                                                              "0200"
                                                              "00000000"
                                                              "6501"));
  EXPECT_EQ(request.id, usb::RequestId{0x11223344});
  EXPECT_EQ(request.length, 2U);
  EXPECT_EQ(to_hex(request.data.view()), "6501");

  output_of(codec);
  codec.send(BulkPacket{.id = request.id, .endpoint = 0x02, .length = 2, .data = {}});
  EXPECT_EQ(output_of(codec),
            "65000000"
            "08000000"
            "44332211"
            "02"
            "00"
            "0200"
            "00000000");
}

TEST(UsbredirCodec, RefusesAnythingBeforeTheHello) {
  Codec codec("vscard");
  EXPECT_EQ(error_in(codec, from_hex("03000000 00000000 00000000")), Errc::NotUsbredir);
  Codec other("vscard");
  const std::string_view http = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(error_in(other, std::vector<std::uint8_t>(http.begin(), http.end())),
            Errc::NotUsbredir);
}

TEST(UsbredirCodec, RefusesALengthAboveTheLimitWithTheHeader) {
  Codec codec("vscard");
  request_in<Hello>(codec, hello_of_qemu());
  EXPECT_EQ(error_in(codec, from_hex("65000000 00000008 0000000000000000")), Errc::PacketTooLong);
  Codec hello("vscard");
  EXPECT_EQ(error_in(hello, from_hex("00000000 01000200 00000000")), Errc::PacketTooLong);
}

TEST(UsbredirCodec, TakesAPacketAtTheLimit) {
  Codec codec("vscard");
  request_in<Hello>(codec, hello_of_qemu());
  // 131072 bytes: the bulk header, and 131062 of data.
  auto bytes = from_hex("65000000 00000200 0000000000000000 02 00 f6ff 00000000 0100");
  bytes.resize(bytes.size() + 131062, 0x5a);
  EXPECT_EQ(request_in<BulkPacket>(codec, bytes).data.size(), 131062U);
}

TEST(UsbredirCodec, RefusesPacketsAgainstTheProtocol) {
  for (const char* packet : {
           "63000000 00000000 0000000000000000",       // an unknown type
           "01000000 0a000000 0000000000000000",       // device_connect: ours to send
           "06000000 02000000 0000000000000000 0101",  // set_configuration, too long
           "06000000 00000000 0000000000000000",       // set_configuration, too short
           "65000000 0b000000 0000000000000000 0200 0200 00000000 0000 65",  // bulk data cut
           "65000000 0b000000 0000000000000000 8200 0100 00000000 0000 65",  // bulk IN with data
           "0f000000 01000000 0000000000000000 01",  // interrupts from an OUT endpoint
           "17000000 01000000 0000000000000000 41",  // filter_filter without a terminator
       }) {
    Codec codec("vscard");
    request_in<Hello>(codec, hello_of_qemu());
    EXPECT_EQ(error_in(codec, from_hex(packet)), Errc::BadPacket) << packet;
  }
}

TEST(UsbredirCodec, RefusesWhatNoEndpointOfAReaderIsFor) {
  for (const char* packet : {
           "0c000000 03000000 0000000000000000 810000",                  // start_iso_stream
           "0d000000 01000000 0000000000000000 81",                      // stop_iso_stream
           "12000000 08000000 0000000000000000 0000000001000000",        // alloc_bulk_streams
           "13000000 04000000 0000000000000000 00000000",                // free_bulk_streams
           "19000000 0a000000 0000000000000000 00000000 00020000 8205",  // start_bulk_receiving
           "1a000000 05000000 0000000000000000 00000000 82",             // stop_bulk_receiving
           "66000000 05000000 0000000000000000 01 00 0100 00",           // iso_packet
           "67000000 05000000 0000000000000000 01 00 0100 00",           // interrupt_packet
       }) {
    Codec codec("vscard");
    request_in<Hello>(codec, hello_of_qemu());
    EXPECT_EQ(error_in(codec, from_hex(packet)), Errc::BadPacket) << packet;
  }
}

TEST(UsbredirCodec, PassesOverFiltersAcknowledgementsAndASecondHello) {
  Codec codec("vscard");
  request_in<Hello>(codec, hello_of_qemu());
  for (const char* packet : {
           "17000000 16000000 0000000000000000"
           "307830422c2d312c2d312c2d312c3100 000000000000",  // filter_filter "0x0B,-1,-1,-1,1"
           "17000000 02000000 0000000000000000 4100",        // filter_filter "A": no filter
       }) {
    const auto bytes = from_hex(packet);
    Bytes input = bytes;
    const auto request = codec.next(input);
    ASSERT_TRUE(request) << packet;
    EXPECT_FALSE(*request) << packet;
  }
  auto hello = hello_of_qemu("00000000");
  hello.insert(hello.begin() + 8, 4, 0);  // a 64-bit id now
  Bytes input = hello;
  EXPECT_FALSE(codec.next(input).value());
  EXPECT_EQ(request_in<GetConfiguration>(codec, from_hex("07000000 00000000 0900000000000000")).id,
            usb::RequestId{9});
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbredir
