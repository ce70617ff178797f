// A client's card channel from its link to its loss, each step of which fails in every way.

#include "async/spawn.hpp"
#include "chardev/spicevmc/card_channel.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <optional>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

using fakes::from_hex;
using fakes::Lines;
namespace vsc = protocol::vsc;

/// Messages out of bytes that come in parts, or why there are no more.
class Words {
 public:
  explicit Words(std::string who) : who_(std::move(who)) {}
  void feed(protocol::Bytes bytes, Lines& lines) {
    decoder_.feed(bytes);
    amid_message_ = true;
    auto message = decoder_.next();
    for (; message && *message; message = decoder_.next()) {
      lines.push_back(who_ + vsc::test::text_of(**message));
      amid_message_ = false;
    }
    lost_ = !message;
  }
  bool lost() const { return lost_; }
  /// The last bytes ended no message.
  bool amid_message() const { return amid_message_; }

 private:
  std::string who_;
  vsc::Decoder decoder_;
  bool lost_ = false;
  bool amid_message_ = false;
};

/// A channel between a library that takes what there is when it is told to, and a host that always
/// reads and writes one thing at a time, as a conversation does.
class ChannelWorld {
 public:
  ChannelWorld() { begin_again(); }
  ChannelWorld(const ChannelWorld&) = delete;
  ChannelWorld& operator=(const ChannelWorld&) = delete;
  ~ChannelWorld() { end(); }

  Lines link() {
    if (std::exchange(linked_, true)) return {};
    ++under_way_;
    async::spawn(io_.get_executor(), read(*channel_), [this] { --under_way_; });
    return lines();
  }
  /// The client sends; the library ends a channel that takes no more.
  Lines client(const std::string& hex) { return client(from_hex(hex)); }
  Lines client(const std::vector<std::uint8_t>& bytes) {
    if (!channel_->receive(bytes)) channel_->lose();
    return lines();
  }
  Lines host(const std::string& hex) {
    if (writing_ || channel_->ended()) return {};
    writing_ = true;
    written_ = from_hex(hex);
    ++under_way_;
    async::spawn(io_.get_executor(), channel_->write(written_), [this](std::error_code error) {
      --under_way_;
      writing_ = false;
      if (error && !channel_->ended()) wrong_ = "a write fails on a channel that goes on";
    });
    return lines();
  }
  /// The library writes to the client what there is.
  Lines take() {
    Lines taken = lines();
    std::array<std::uint8_t, 100> buffer{};
    for (auto size = channel_->take(buffer); size > 0; size = channel_->take(buffer)) {
      if (channel_->ended()) wrong_ = "bytes for a client that has gone";
      client_words_->feed(protocol::Bytes(buffer).first(size), taken);
    }
    if (client_words_->lost()) wrong_ = "bytes for the client that are no VSC";
    for (auto& line : lines()) taken.push_back(std::move(line));
    return taken;
  }
  void lose() { channel_->lose(); }
  void close() { channel_->close(); }
  bool ended() const { return channel_->ended(); }
  /// Does the host read? From then on it takes all at once.
  bool linked() const { return linked_; }
  bool client_is_amid_message() const { return host_words_->amid_message(); }
  /// Does the host wait until the library has taken what it wrote?
  bool writing() const { return writing_; }

  const std::string& wrong() const { return wrong_; }
  void end() {
    channel_->close();
    lines();
  }
  std::string owed() const { return under_way_ == 0 ? "" : "the end of a read or write"; }
  void begin_again() {
    channel_.emplace(Peer{}, [] {});
    host_words_.emplace("host: ");
    client_words_.emplace("client: ");
    linked_ = false;
    lines_.clear();
  }

 private:
  Awaitable<void> read(CardChannel& channel) {
    std::vector<std::uint8_t> buffer(4096);
    while (true) {
      const auto size = co_await channel.read(buffer);
      if (!size) co_return;
      host_words_->feed(protocol::Bytes(buffer).first(*size), lines_);
      if (host_words_->lost()) channel.close();
    }
  }
  Lines lines() {
    io_.restart();
    io_.poll();
    return std::exchange(lines_, {});
  }

  asio::io_context io_;
  std::optional<CardChannel> channel_;
  std::optional<Words> host_words_;
  std::optional<Words> client_words_;
  std::vector<std::uint8_t> written_;
  Lines lines_;
  std::string wrong_;
  int under_way_ = 0;  ///< reads and writes
  bool linked_ = false;
  bool writing_ = false;
};

using Step = fakes::Step<ChannelWorld>;
using Failure = fakes::Failure<ChannelWorld>;

std::string hex(const vsc::Message& message) { return fakes::to_hex(vsc::encode(message).view()); }
auto client(const std::string& bytes) {
  return [bytes](ChannelWorld& world) { return world.client(bytes); };
}
auto host(const std::string& bytes) {
  return [bytes](ChannelWorld& world) { return world.host(bytes); };
}

std::vector<Step> script() {
  using namespace vsc::test;
  const auto take = [](ChannelWorld& world) { return world.take(); };
  const std::string long_command(std::size_t{271} * 2, '0');
  return {
      {"the link", [](ChannelWorld& world) { return world.link(); }, {"host: Init x"}},
      {"the host's Init", host(hex(init())), {}},
      {"nothing for the client", take, {}},
      {"ReaderAdd", client(hex(reader_add("a"))), {"host: ReaderAdd x 'a'"}},
      {"success", host(hex(error(0))), {}},
      {"it goes to the client", take, {"client: Error 0 0"}},
      {"half an ATR", client(hex(atr("3b00")).substr(0, 20)), {}},
      {"the rest", client(hex(atr("3b00")).substr(20)), {"host: ATR 0 3b00"}},
      {"success and a command", host(hex(error(0)) + hex(apdu("00c00000"))), {}},
      {"both go to the client", take, {"client: Error 0 0", "client: APDU 0 00c00000"}},
      {"its answer", client(hex(apdu("9000"))), {"host: APDU 0 9000"}},
      {"a command that is too long", host(hex(apdu(long_command))), {"host: APDU 0 6700"}},
      {"nothing for the client", take, {}},
      {"CardRemove", client(hex(card_remove())), {"host: CardRemove 0"}},
  };
}

constexpr const char* kNoVsc = "0000000700000000ffffffff";

void flood(ChannelWorld& world) {
  // An unknown message, so that none of it is shown.
  static const std::vector<std::uint8_t> kMessage = [] {
    auto bytes = from_hex("0000004d 00000000 0000fde8");
    bytes.resize(bytes.size() + 0xfde8);
    return bytes;
  }();
  const bool nonsense = world.client_is_amid_message();  // together with what came before
  for (int i = 0; i < 3; ++i) world.client(kMessage);
  EXPECT_EQ(world.ended(), !world.linked() || nonsense) << "what a host reads is no flood";
}

/// One side's end is the other's: what waits comes back, and there is nothing more to take.
auto end_by(void (*end)(ChannelWorld&)) {
  return [end](ChannelWorld& world) {
    end(world);
    EXPECT_TRUE(world.ended());
    EXPECT_EQ(world.take(), Lines{});
    EXPECT_EQ(world.owed(), "");
  };
}

void client_sends_no_vsc(ChannelWorld& world) {
  const bool completes_a_message = world.client_is_amid_message();
  world.client(kNoVsc);
  EXPECT_EQ(world.ended(), world.linked() && !completes_a_message) << "a host that reads it closes";
}

void host_writes_no_vsc(ChannelWorld& world) {
  if (world.writing()) return;
  world.host(kNoVsc);
  EXPECT_TRUE(world.ended());
  EXPECT_EQ(world.take(), Lines{});
}

void host_writes_a_part(ChannelWorld& world) {
  if (world.writing()) return;
  world.host("00000002");
  EXPECT_FALSE(world.ended());
  EXPECT_FALSE(world.writing()) << "there is nothing to take";
  EXPECT_EQ(world.take(), Lines{});
}

void host_waits(ChannelWorld& world) {
  world.host(hex(vsc::test::error(0)));
  EXPECT_TRUE(world.writing());
  EXPECT_FALSE(world.ended());
}

TEST(SpicevmcCardChannelSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the client goes", end_by([](ChannelWorld& world) { world.lose(); })},
      {"the host closes", end_by([](ChannelWorld& world) { world.close(); })},
      {"both go", end_by([](ChannelWorld& world) {
         world.close();
         world.lose();
       })},
      {"the client floods the host", flood},
      {"the client sends what is no VSC", client_sends_no_vsc},
      {"the host writes what is no VSC", host_writes_no_vsc},
      {"the host writes part of a message", host_writes_a_part},
      {"the host waits for a library that takes nothing", host_waits},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
