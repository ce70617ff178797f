// A SPICE client's smart card channel from its first byte to its last, without I/O: each step fails
// in every way that a server has.

#include "tests/fakes/steps.hpp"

#include "chardev/spice/channel.hpp"
#include "chardev/spice/handshake.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"
#include "tests/chardev/spice/recording.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <optional>

namespace vscard::chardev::spice::smartcard {
namespace {

using fakes::from_hex;
using fakes::Lines;
using fakes::to_hex;
namespace vsc = protocol::vsc;

/// What the client and the server get is written down; after an error, which ends the connection,
/// neither is asked any more.
class ChannelWorld {
 public:
  ChannelWorld() { begin_again(); }

  Lines server(Bytes bytes) {
    in_part_ = false;
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    while (!error_ && handshake_->wants() > 0 && handshake_->wants() <= received_.size()) {
      shake_hands();
    }
    if (!error_ && handshake_->wants() == 0) receive_messages();
    return take_lines();
  }
  /// The same, which ends within a message.
  Lines server_in_part(Bytes bytes) {
    Lines lines = server(bytes);
    in_part_ = true;
    return lines;
  }
  Lines client(const vsc::Message& message) { return client_bytes(vsc::encode(message).view()); }
  Lines client_bytes(Bytes bytes) {
    if (error_ || handshake_->wants() > 0) return {};
    if (translator_->from_client(bytes)) end_with("no VSC");
    for (const auto& body : translator_->take_for_server()) {
      lines_.push_back("> " + to_hex(encode_message(kClientData, body.view()).view()));
    }
    take_for_client();
    return take_lines();
  }
  /// The stream ends. Until then the channel knew whether a message had come in part.
  void end_stream() {
    if (channel_->in_message() != in_part_) wrong_ = "not the state of the last message";
    end();
  }
  bool linked() const { return !error_ && handshake_->wants() == 0; }
  const std::optional<std::string>& error() const { return error_; }

  const std::string& wrong() const { return wrong_; }
  void end() { end_with("closed"); }
  static std::string owed() { return ""; }
  void begin_again() {
    handshake_.emplace(ChannelId{ChannelType::SmartCard}, SessionId{1}, password_);
    channel_.emplace(kCardChannel);
    translator_.emplace();
    received_.clear();
    in_part_ = false;
    error_.reset();
    take_lines();
  }

 private:
  void shake_hands() {
    const auto wanted = static_cast<std::ptrdiff_t>(handshake_->wants());
    const fakes::ExactBytes part(Bytes(received_).first(handshake_->wants()));
    received_.erase(received_.begin(), received_.begin() + wanted);
    const auto written = handshake_->receive(part);
    if (!written) {
      end_with(make_error_code(written.error()).message());
    } else if (!written->empty()) {
      lines_.push_back("> " + std::to_string(written->size()) + " bytes");
    }
  }
  void receive_messages() {
    const fakes::ExactBytes bytes(received_);
    const std::size_t size = std::exchange(received_, {}).size();
    channel_->feed(bytes);
    auto message = channel_->next();
    for (; message && *message; message = channel_->next()) {
      if (translator_->from_server(**message)) end_with("a bad card message");
    }
    if (!message) end_with(make_error_code(message.error()).message());
    const auto answers = channel_->take_answers();
    if (answers.size() > 2 * size) wrong_ = "answers that are longer than questions";
    if (!answers.empty()) lines_.push_back("> " + to_hex(answers));
    take_for_client();
  }
  void take_for_client() {
    for (const auto& message : translator_->take_for_client()) {
      vsc::Decoder decoder;
      decoder.feed(message.view());
      const auto decoded = decoder.next();
      if (!decoded || !*decoded) wrong_ = "a message for the client that is none";
      if (decoded && *decoded) lines_.push_back(vsc::test::text_of(**decoded));
      if (const auto more = decoder.next(); !more || *more) wrong_ = "more than one message";
    }
  }
  void end_with(const std::string& error) {
    if (error_) return;
    error_ = error;
    lines_.push_back("error: " + error);
  }
  Lines take_lines() { return std::exchange(lines_, {}); }

  protocol::SecretBytes password_ = protocol::SecretBytes::copy_of(from_hex("6c65746d65696e"));
  std::optional<Handshake> handshake_;
  std::optional<Channel> channel_;
  std::optional<VscTranslator> translator_;
  std::vector<std::uint8_t> received_;  ///< and not looked at yet
  bool in_part_ = false;                ///< the server's last message is not whole
  std::optional<std::string> error_;
  std::string wrong_;
  Lines lines_;
};

using Step = fakes::Step<ChannelWorld>;
using Failure = fakes::Failure<ChannelWorld>;

auto server(std::vector<std::uint8_t> bytes) {
  return [bytes = std::move(bytes)](ChannelWorld& world) { return world.server(bytes); };
}
auto server(const std::string& hex) { return server(from_hex(hex)); }
template <class Make>
auto client(Make make) {
  return [make](ChannelWorld& world) { return world.client(make()); };
}
/// Part of what the recorded server sent on its card channel.
auto recorded(std::size_t offset, std::size_t size) {
  const auto stream = test::recorded("card S");
  const Bytes part = Bytes(stream).subspan(offset, size);
  return server(std::vector(part.begin(), part.end()));
}

std::vector<Step> script() {
  using namespace vsc::test;
  const std::string success = "6500100000000200000000000000 04000000 00000000";
  const std::size_t reply = test::kRecordedCardReply;
  return {
      {"the magic", recorded(0, 4), {}},
      {"the size", recorded(4, 12), {}},
      {"the reply", recorded(16, reply - 16), {"> 132 bytes"}},
      {"the result", recorded(reply, kLinkResultSize), {}},
      {"a window of two messages",
       server("0300080000000100000002000000"),
       {"> 01000400000001000000"}},
      {"Init", client([] { return init(); }), {"Init x"}},
      {"ReaderAdd",
       client([] { return reader_add("a"); }),
       {"> 65000d00000003000000ffffffff0100000061"}},
      {"success", server(success), {"Error 0 0"}},
      {"ATR", client([] { return atr("3b00"); }), {"> 65000e0000000500000000000000020000003b00"}},
      {"success", server(success), {"> 020000000000", "Error 0 0"}},
      {"a ping",
       server("04000c000000 010000008bd8164403000000"),
       {"> 03000c000000010000008bd8164403000000"}},
      {"half a command",
       [](ChannelWorld& world) {
         return world.server_in_part(from_hex("650011000000 0700000000000000 05"));
       },
       {}},
      {"the rest", server("000000 00c000000d"), {"> 020000000000", "APDU 0 00c000000d"}},
      {"its answer",
       client([] { return apdu("9000"); }),
       {"> 65000e0000000700000000000000020000009000"}},
      {"ReaderRemove",
       client([] { return reader_remove(); }),
       {"> 65000c000000040000000000000000000000"}},
      {"again", client([] { return reader_remove(); }), {"Error 0 1"}},
  };
}

/// These bytes, and as many more as a handshake wants at most.
auto lose_by(const std::string& hex) {
  return [bytes = from_hex(hex)](ChannelWorld& world) mutable {
    bytes.resize(kMaxLinkReply, 'U');
    world.server(bytes);
    EXPECT_TRUE(world.error());
  };
}
auto only_when_linked(const std::string& hex) {
  return [bytes = from_hex(hex)](ChannelWorld& world) {
    if (!world.linked()) return;
    world.server(bytes);
    EXPECT_TRUE(world.error());
  };
}
void write_no_vsc(ChannelWorld& world) {
  const bool linked = world.linked();
  world.client_bytes(from_hex("0000000700000000ffffffff"));
  EXPECT_EQ(world.error().has_value(), linked);
}

TEST(SpiceSmartcardSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the stream ends", [](ChannelWorld& world) { world.end_stream(); }},
      {"letters", lose_by("")},
      {"ones", lose_by("ffffffffffffffffffffffff")},
      {"SSH", lose_by("5353482d322e302d4f70656e5353480d0a")},
      {"a TLS alert and more", lose_by("15030100020232")},
      {"a message of 4 GiB", lose_by("0900ffffffff")},
      {"the server disconnects", only_when_linked("06000c000000000000000000000000000000")},
      {"the server migrates", only_when_linked("010004000000 00000000")},
      {"a card message of another length",
       only_when_linked("65000e0000000700000000000000030000009000")},
      {"the client writes what is no VSC", write_no_vsc},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::chardev::spice::smartcard
