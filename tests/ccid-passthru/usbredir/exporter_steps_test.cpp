// A guest's use of a reader over usbredir, each step of which fails in every way.

#include "ccid-passthru/usbredir/exporter.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/raw_packets.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/fakes/usbredir_guest.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace vscard::ccid_passthru::usbredir {
namespace {

using ccid::CommandType;
using fakes::Lines;
using namespace fakes::raw_packets;

/// A device with an exporter, a guest that writes bytes of any kind and reads them as QEMU does,
/// and a card that may answer when it was given nothing. A stream that is lost is closed.
class ExporterWorld {
 public:
  /// Requests that have an answer are noted as such with their ids.
  Lines send(const Raw& bytes, std::initializer_list<std::uint64_t> ids = {}) {
    if (lost_) return {};
    for (const std::uint64_t id : ids) ++owed_[id];
    for (protocol::Bytes input(bytes); !input.empty();) {
      auto received = exporter_->receive(input, now_);
      lost_ = !received;
      if (lost_) return lines_of_the_guest();
      for (auto& action : received->for_card) perform(std::move(action));
    }
    greeted_ = greeted_ || !bytes.empty();
    return lines_of_the_guest();
  }
  Lines insert() { return perform_all(device_.insert_card(fakes::atr("3b00"), now_)); }
  void remove() {
    perform_all(device_.remove_card(now_));
    EXPECT_FALSE(device_.busy());
  }
  Lines respond(const std::string& hex) { return perform_all(device_.respond(fakes::secret(hex))); }
  void fail() {
    perform_all(device_.fail(protocol::Errc::CardFailed));
    EXPECT_FALSE(device_.busy());
  }
  Lines wait(protocol::Duration duration) {
    now_ += duration;
    return perform_all(device_.expire(now_));
  }
  bool lost() const { return lost_; }
  bool greeted() const { return greeted_; }

  std::string wrong() const { return wrong_; }
  /// The guest resets the bus and the device is unplugged, unless the stream is lost.
  void end() {
    if (!lost_ && !exporter_->in_packet()) {
      send(packet(usb_redir_reset, {}));
      unanswered_ = std::ranges::any_of(owed_, [](const auto& it) { return it.second > 0; });
      exporter_->disconnect();
    }
    lines_of_the_guest();
    lost_ = true;
    perform_all(device_.reset());
    perform_all(device_.remove_card(now_));
  }
  std::string owed() const {
    if (device_.busy()) return "the answer of a command";
    return unanswered_ ? "the answer to a request" : "";
  }
  void begin_again() {
    wait(ccid::kEmptyTime);
    exporter_ = std::make_unique<Exporter>(device_, "vscard test");
    guest_.reconnect(fakes::UsbredirGuest::kQemu);
    owed_.clear();
    greeted_ = false;
    lost_ = false;
  }

 private:
  Lines perform_all(usb::Device::Actions actions) {
    for (auto& action : actions) perform(std::move(action));
    return lines_of_the_guest();
  }
  void perform(usb::Device::Action action) {
    if (const auto* transmit = std::get_if<usb::Device::Transmit>(&action)) {
      for_card_.push_back("transmit " + fakes::to_hex(transmit->command.view()));
    } else if (std::holds_alternative<usb::Device::AbortTransmit>(action)) {
      for_card_.emplace_back("abort");
    } else if (std::holds_alternative<usb::Device::PowerCard>(action)) {
      for_card_.emplace_back("power");
    } else if (!lost_) {
      exporter_->perform(std::move(action));
    }
  }
  /// What the card and the guest got.
  Lines lines_of_the_guest() {
    Lines lines = std::exchange(for_card_, {});
    while (!lost_) {
      const auto packet = exporter_->take_output();
      if (!packet) break;
      guest_.feed(packet->view());
    }
    for (auto& line : guest_.seen()) {
      settle(line);
      lines.push_back(std::move(line));
    }
    return lines;
  }
  void settle(const std::string& line) {
    if (line.starts_with("complaint") || line.starts_with("error")) wrong_ = line;
    const std::size_t at = line.find(" id ");
    if (at == std::string::npos) return;
    if (owed_[std::stoull(line.substr(at + 4))]-- == 0) wrong_ = "an answer to no request: " + line;
  }

  usb::Device device_{{.id = {}, .serial = "1", .name = "test", .speed = usb::Speed::Full}};
  std::unique_ptr<Exporter> exporter_ = std::make_unique<Exporter>(device_, "vscard test");
  fakes::UsbredirGuest guest_;
  std::map<std::uint64_t, int> owed_;  ///< answers, by request
  Lines for_card_;
  std::string wrong_;
  bool greeted_ = false;  ///< the first packet was taken, which is the guest's hello
  bool unanswered_ = false;
  bool lost_ = false;
  protocol::Time now_;
};

using Step = fakes::Step<ExporterWorld>;
using Failure = fakes::Failure<ExporterWorld>;

auto send(Raw bytes, std::initializer_list<std::uint64_t> ids = {}) {
  return [bytes = std::move(bytes), ids = std::vector(ids)](ExporterWorld& world) {
    Lines lines;
    for (const std::uint64_t id : ids) world.send({}, {id});
    return world.send(bytes);
  };
}
Raw ccid_out(std::uint64_t id, const std::vector<std::uint8_t>& message) {
  return bulk_out(id, usb::kBulkOut, message);
}
Raw ccid_in(std::uint64_t id) { return bulk(id, usb::kBulkIn, 64); }
Raw get_descriptor(std::uint64_t id) {
  return control(id, 0x80, {.request_type = 0x80, .request = 6, .value = 0x100, .length = 8});
}
Raw select(std::uint64_t id) { return ccid_out(id, fakes::xfr_block(3, fakes::counting(4))); }

std::vector<Step> script() {
  const Raw power_on = ccid_out(3, fakes::command(CommandType::IccPowerOn, 1));
  return {
      {"hello", send(hello()), {"hello vscard test", "ep_info", "interface_info", "connect"}},
      {"a descriptor",
       send(get_descriptor(1), {1}),
       {"control id 1 status 0 length 8 1201000200000040"}},
      {"configuration",
       send(set_configuration(2, 1), {2}),
       {"ep_info", "interface_info", "configuration 1 id 2 status 0"}},
      {"interrupts",
       send(start_interrupts(usb::kInterruptIn)),
       {"interrupts ep 82 status 0", "interrupt ep 82 status 0 5002"}},
      {"a card is in",
       [](ExporterWorld& w) { return w.insert(); },
       {"interrupt ep 82 status 0 5003"}},
      {"power on",
       send(power_on + ccid_in(4), {3, 4}),
       {"bulk id 3 ep 01 status 0 length 10 ",
        "bulk id 4 ep 81 status 0 length 12 800200000000010000003b00"}},
      {"a command",
       send(select(5), {5}),
       {"transmit 00010203", "bulk id 5 ep 01 status 0 length 14 "}},
      {"the read", send(ccid_in(6), {6}), {}},
      {"its answer",
       [](ExporterWorld& w) { return w.respond("9000"); },
       {"bulk id 6 ep 81 status 0 length 12 800200000000030000009000"}},
      {"a command and the read",
       send(select(7) + ccid_in(8), {7, 8}),
       {"transmit 00010203", "bulk id 7 ep 01 status 0 length 14 "}},
      {"a second passes",
       [](ExporterWorld& w) { return w.wait(ccid::kExtensionInterval); },
       {"bulk id 8 ep 81 status 0 length 10 80000000000003800100"}},
      {"the read", send(ccid_in(9), {9}), {}},
      {"its end", send(cancel(9)), {"abort", "bulk id 9 ep 81 status 1 length 0 "}},
      {"no interrupts", send(stop_interrupts(usb::kInterruptIn)), {"interrupts ep 82 status 0"}},
  };
}

auto lose_by(const Raw& bytes) {
  return [bytes](ExporterWorld& world) {
    world.send(bytes);
    EXPECT_TRUE(world.lost());
  };
}

/// The exporter goes on after them, unless they come in the place of the hello.
auto survive(const Raw& bytes) {
  return [bytes](ExporterWorld& world) {
    const bool greeted = world.greeted();
    world.send(bytes);
    EXPECT_EQ(world.lost(), !greeted);
  };
}

TEST(UsbredirExporterSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"the stream ends", [](ExporterWorld& world) { world.end(); }},
      {"the stream ends in a packet",
       [](ExporterWorld& world) {
         world.send({0x01, 0x00});
         world.end();
       }},
      {"a packet of 4 GiB", lose_by(header(usb_redir_control_packet, 0xffffffff))},
      {"a packet of the reader's", lose_by(packet(usb_redir_device_connect, Raw(10)))},
      {"an unknown packet", lose_by(packet(77, {}))},
      {"a packet that is too short", lose_by(packet(usb_redir_set_configuration, {}))},
      {"the guest does not take the device", survive(packet(usb_redir_filter_reject, {}))},
      {"the bus is reset", survive(packet(usb_redir_reset, {}))},
      {"the end of a request that is not there", survive(cancel(99))},
      {"the card is pulled", [](ExporterWorld& world) { world.remove(); }},
      {"the card is mute", [](ExporterWorld& world) { world.fail(); }},
      {"a minute passes", [](ExporterWorld& w) { w.wait(std::chrono::minutes(1)); }},
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbredir
