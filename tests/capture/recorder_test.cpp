// What is written into which file. The sizes of blocks: a section has 44 bytes here, an interface
// of one letter 40, a packet 32 and its own four bytes, statistics 52.

#include "capture/recorder.hpp"

#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vscard::capture {
namespace {

using fakes::from_hex;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Moment kWhen{std::chrono::seconds{1764000000}};

/// A piece as the types of its blocks and what they are about: "F" for a new file, "S" section,
/// "I:NAME", "P:INTERFACE:BYTES", "T:INTERFACE:RECEIVED:DROPPED".
std::string text_of(const Recorder::Piece& piece) {
  std::string text = piece.begins_file ? "F" : "";
  protocol::ByteReader in(piece.bytes);
  while (in.remaining() > 0) {
    const std::uint32_t type = in.u32_le();
    const std::uint32_t size = in.u32_le();
    protocol::ByteReader body(in.bytes(size - 12));
    EXPECT_EQ(in.u32_le(), size);
    text += text.empty() ? "" : " ";
    if (type == 0x0a0d0d0a) text += "S";
    if (type == 1) {
      body.bytes(10);
      const auto name = body.bytes(body.u16_le());
      text += "I:" + std::string(name.begin(), name.end());
    } else if (type == 5) {
      text += "T:" + std::to_string(body.u32_le());
      body.bytes(12);
      text += ":" + std::to_string(body.u32_le());
      body.bytes(8);
      text += ":" + std::to_string(body.u32_le());
    } else if (type == 6) {
      text += "P:" + std::to_string(body.u32_le());
      body.bytes(8);
      const std::uint32_t length = body.u32_le();
      body.u32_le();
      text += ":" + fakes::to_hex(body.bytes(length));
    }
  }
  EXPECT_TRUE(in.ok());
  return text;
}

class Recording : public testing::Test {
 protected:
  void add(InterfaceId id, const std::string& hex) {
    const auto bytes = from_hex(hex);
    recorder_.add(id, {.when = kWhen, .head = {}, .body = bytes});
  }
  std::vector<std::string> written() {
    std::vector<std::string> texts;
    for (const auto& piece : recorder_.take()) texts.push_back(text_of(piece));
    return texts;
  }
  InterfaceId interface(const std::string& name) {
    return recorder_.add({.link = LinkType::UpperPdu, .name = name});
  }
  Recorder recorder_{"vscard 1"};
};

TEST_F(Recording, BeginsAFile) {
  EXPECT_THAT(written(), ElementsAre("F S"));
  EXPECT_TRUE(recorder_.empty());
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(Recording, NumbersInterfacesAsTheyCome) {
  const auto a = interface("a");
  add(a, "00a40000");
  const auto b = interface("b");
  add(b, "00b00000");
  add(a, "9000");
  EXPECT_THAT(written(), ElementsAre("F S I:a P:0:00a40000 I:b P:1:00b00000 P:0:9000"));
  recorder_.finish(kWhen);
  EXPECT_THAT(written(), ElementsAre("T:0:2:0 T:1:1:0"));
}

TEST_F(Recording, HasNothingOfAnInterfaceThatIsGone) {
  const auto a = interface("a");
  const auto b = interface("b");
  recorder_.remove(a, kWhen);
  recorder_.remove(a, kWhen);
  add(a, "01");
  add(b, "02");
  recorder_.finish(kWhen);
  EXPECT_THAT(written(), ElementsAre("F S I:a I:b T:0:0:0 P:1:02 T:1:1:0"));
}

TEST_F(Recording, HasHeadAndComment) {
  const auto a = interface("a");
  const auto head = from_hex("0102");
  const auto body = from_hex("0304");
  written();
  recorder_.add(a, {.when = kWhen, .head = head, .body = body, .comment = "no PIN"});
  const auto pieces = recorder_.take();
  ASSERT_EQ(pieces.size(), 1U);
  Container expected;
  append(
      expected,
      PacketBlock{.interface = 0, .when = kWhen, .head = head, .body = body, .comment = "no PIN"});
  EXPECT_EQ(pieces.front().bytes, expected);
}

TEST_F(Recording, GoesOnInAFurtherFile) {
  // A section, an interface and two packets; the next one is counted with all that it may have.
  recorder_ = Recorder("vscard 1", 200);
  const auto a = interface("a");
  add(a, "01");
  add(a, "02");
  add(a, "03");
  add(a, "04");
  EXPECT_THAT(written(), ElementsAre("F S I:a P:0:01 P:0:02 T:0:2:0", "F S I:a P:0:03 P:0:04"));
  add(a, "05");
  add(a, "06");
  add(a, "07");
  EXPECT_THAT(written(), ElementsAre("T:0:4:0", "F S I:a P:0:05 P:0:06 T:0:6:0", "F S I:a P:0:07"));
}

TEST_F(Recording, BeginsEachFileWithTheInterfacesThatAreLeft) {
  recorder_ = Recorder("vscard 1", 150);
  const auto a = interface("a");
  std::vector<InterfaceId> opened;
  const auto b = recorder_.add({.link = LinkType::UsbLinux, .name = "b"},
                               [&opened](InterfaceId id, const Recorder::Add& opening) {
                                 opened.push_back(id);
                                 const auto descriptor = from_hex("1201");
                                 opening({.when = kWhen, .head = {}, .body = descriptor});
                               });
  add(a, "01");
  recorder_.remove(a, kWhen);
  add(b, "02");
  EXPECT_THAT(written(), ElementsAre("F S I:a I:b P:1:1201 P:0:01 T:0:1:0 T:1:0:0",
                                     "F S I:b P:0:1201 P:0:02"));
  EXPECT_THAT(opened, ElementsAre(b, b));
}

TEST_F(Recording, PutsALargePacketIntoAFileOfItsOwn) {
  recorder_ = Recorder("vscard 1", 100);
  const auto a = interface("a");
  const std::string large(500, '0');
  add(a, large);
  add(a, "02");
  EXPECT_THAT(written(), ElementsAre("F S I:a P:0:" + large + " T:0:1:0", "F S I:a P:0:02"));
}

TEST_F(Recording, UsesTheMemoryOfWhatWasWritten) {
  const auto a = interface("a");
  auto pieces = recorder_.take();
  const auto* const memory = pieces.back().bytes.data();
  recorder_.reuse(std::move(pieces));
  EXPECT_TRUE(recorder_.empty());
  add(a, "01");
  pieces = recorder_.take();
  EXPECT_EQ(pieces.back().bytes.data(), memory);
  EXPECT_EQ(text_of(pieces.back()), "P:0:01");
  add(a, "02");
  EXPECT_THAT(written(), ElementsAre("P:0:02"));
}

TEST_F(Recording, DropsAndCountsWhatDoesNotFit) {
  const auto a = interface("a");
  const std::vector<std::uint8_t> body(Recorder::kMaxQueued - 1000);
  recorder_.add(a, {.when = kWhen, .head = {}, .body = body});
  recorder_.add(a, {.when = kWhen, .head = {}, .body = body});
  add(a, "01");
  EXPECT_EQ(recorder_.dropped(), 1U);
  std::size_t size = 0;
  for (const auto& piece : recorder_.take()) size += piece.bytes.size();
  EXPECT_LE(size, Recorder::kMaxQueued);
  add(a, "02");
  recorder_.finish(kWhen);
  EXPECT_THAT(written(), ElementsAre("P:0:02 T:0:4:1")) << "there is room again";
}

// A file's size does not start anew where 32 bits end.
TEST_F(Recording, GoesOnBeyondFourGigabytes) {
  constexpr std::uint64_t kFourGigabytes = std::uint64_t{4} << 30;
  recorder_ = Recorder("vscard 1", kFourGigabytes + Recorder::kMaxQueued);
  const auto a = interface("a");
  const std::vector<std::uint8_t> body(Recorder::kMaxQueued / 32);  // its memory is used again
  std::uint64_t size = 0;
  for (std::size_t files = 0; files < 2;) {
    recorder_.add(a, {.when = kWhen, .head = {}, .body = body});
    auto pieces = recorder_.take();
    for (const auto& piece : pieces) files += piece.begins_file ? 1 : 0;
    for (const auto& piece : pieces) size += files < 2 ? piece.bytes.size() : 0;
    recorder_.reuse(std::move(pieces));
  }
  EXPECT_GT(size, kFourGigabytes);
  EXPECT_LE(size, kFourGigabytes + Recorder::kMaxQueued);
  EXPECT_EQ(recorder_.dropped(), 0U);
}

TEST_F(Recording, BeginsNoFilesWhileNothingIsTaken) {
  recorder_ = Recorder("vscard 1", 100);
  const auto a = interface("a");
  const std::vector<std::uint8_t> body(1000);
  for (int i = 0; i < 10'000; ++i) recorder_.add(a, {.when = kWhen, .head = {}, .body = body});
  std::size_t size = 0;
  for (const auto& piece : recorder_.take()) size += piece.bytes.size();
  EXPECT_LE(size, Recorder::kMaxQueued + 1000);
  EXPECT_GT(recorder_.dropped(), 0U);
}

}  // namespace
}  // namespace vscard::capture
