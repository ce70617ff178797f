// Readers as they are written on a command line.

#include "ccid-passthru/reader_spec.hpp"

#include "ccid-passthru/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid_passthru {
namespace {

using Words = std::vector<Word>;

/// A reader with its endpoints and these options.
Words reader(Words options) {
  options.push_back({"--vsc", "listen:unix:/vsc"});
  options.push_back({"--usbredir", "connect:unix:/usb"});
  return options;
}
ReaderSpec parse(Words options) { return parse_readers(reader(std::move(options))).value().at(0); }
std::string refusal(const Words& words) {
  const auto parsed = parse_readers(words);
  return parsed ? "accepted" : parsed.error().text;
}

TEST(ReaderSpec, HasDefaultsThatEveryDriverKnows) {
  const ReaderSpec spec = parse({});
  EXPECT_EQ(spec.identity.name, "reader");
  EXPECT_EQ(spec.identity.id, (usb::UsbId{.vendor = 0x08e6, .product = 0x4433}));
  EXPECT_EQ(spec.identity.speed, usb::Speed::Full);
  EXPECT_EQ(spec.limits.max_message, 3072U);
  EXPECT_EQ(spec.vsc.link.endpoint, chardev::parse_endpoint("listen:unix:/vsc"));
  EXPECT_EQ(*spec.usbredir_of(0), chardev::parse_endpoint("connect:unix:/usb"));
  EXPECT_TRUE(spec.vsc.peer.stock());
}

TEST(ReaderSpec, TakesItsOptions) {
  const ReaderSpec spec = parse({{"--reader", "alice"},
                                 {"--serial", "0042"},
                                 {"--usb-id", "FFff:0001"},
                                 {"--speed", "high"},
                                 {"--max-message", "65554"}});
  EXPECT_EQ(spec.identity.name, "alice");
  EXPECT_EQ(spec.identity.serial, "0042");
  EXPECT_EQ(spec.identity.id, (usb::UsbId{.vendor = 0xffff, .product = 0x0001}));
  EXPECT_EQ(spec.identity.speed, usb::Speed::High);
  EXPECT_EQ(spec.limits.max_message, 65554U);
}

TEST(ReaderSpec, IsOfHighSpeedByUsbip) {
  const auto speed = [](Words options) {
    options.push_back({"--vsc", "listen:unix:/vsc"});
    return parse_readers(options, Usbip::Yes).value().at(0).identity.speed;
  };
  EXPECT_EQ(speed({}), usb::Speed::High) << "Windows takes no other";
  EXPECT_EQ(speed({{"--speed", "full"}}), usb::Speed::Full);
  EXPECT_EQ(speed({{"--usbredir", "connect:unix:/usb"}}), usb::Speed::Full);
}

TEST(ReaderSpec, HasOptionsThatAddTakesToo) {
  ASSERT_STREQ(reader_options().front().name, "--reader");
  const std::string help = Commands::help();
  for (const ReaderOption& option : reader_options().subspan(1)) {
    EXPECT_THAT(help, testing::HasSubstr(std::string(option.name) + " " + option.value));
  }
  EXPECT_THAT(help, testing::HasSubstr("OPTION is one of --vsc ENDPOINT, --usbredir ENDPOINT,\n"));
  EXPECT_THAT(help, testing::HasSubstr("--speed full|high, --max-message BYTES\n"));
}

TEST(ReaderSpec, TakesTheClientsLimitOutOfTheAddress) {
  const auto specs = parse_readers({{"--vsc", "listen:unix:/vsc,peer-max-apdu=65544,mode=0660"},
                                    {"--usbredir", "listen:unix:/u"}});
  EXPECT_EQ(specs.value().at(0).vsc.peer.max_command, 65544U);
  EXPECT_EQ(specs.value().at(0).vsc.link.endpoint,
            chardev::parse_endpoint("listen:unix:/vsc,mode=0660"));
}

TEST(ReaderSpec, HasASerialNumberOfItsNameThatStays) {
  const std::string first = default_serial("alice");
  EXPECT_EQ(first.size(), 12U);
  EXPECT_EQ(first.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(default_serial("alice"), first);
  EXPECT_NE(default_serial("bob"), first);
  EXPECT_EQ(parse({{"--reader", "alice"}}).identity.serial, first);
}

TEST(ReaderSpec, KeepsToItsLimits) {
  const std::string longest(64, 'a');
  EXPECT_EQ(parse({{"--reader", longest}}).identity.name, longest);
  EXPECT_EQ(parse({{"--serial", longest}}).identity.serial, longest);
  EXPECT_EQ(parse({{"--max-message", "271"}}).limits.max_message, 271U);
  for (const std::string& bad : {std::string(), longest + "a", std::string("a b"),
                                 std::string("a\x7f"), std::string("\xc3\xa4")}) {
    EXPECT_EQ(refusal(reader({{"--reader", bad}})),
              "--reader '" + bad + "' is not 1 to 64 printable ASCII characters without a blank");
    EXPECT_EQ(refusal(reader({{"--serial", bad}})),
              "--serial '" + bad + "' is not 1 to 64 printable ASCII characters without a blank");
  }
  for (const char* bad :
       {"", "270", "65555", "-271", "3072k", "0x200", " 300", "18446744073709551616"}) {
    EXPECT_NE(refusal(reader({{"--max-message", bad}})), "accepted") << bad;
  }
  for (const char* bad : {"", "08e6", "08e6:443", "08e6:44333", "08e6-4433", "8e6:44330",
                          "08g6:4433", "08e6:443g", " 8e6:4433", "-8e6:4433", "08e6:+433"}) {
    EXPECT_EQ(refusal(reader({{"--usb-id", bad}})),
              std::string("--usb-id ") + bad + " is not four hex digits, a colon and four more");
  }
  for (const char* bad : {"", "Full", "super"}) {
    EXPECT_EQ(refusal(reader({{"--speed", bad}})),
              std::string("--speed ") + bad + " is neither full nor high");
  }
}

TEST(ReaderSpec, GroupsOptionsByReader) {
  const auto specs = parse_readers({{"--reader", "a"},
                                    {"--usbredir", "connect:unix:/1"},
                                    {"--vsc", "listen:unix:/2"},
                                    {"--reader", "b"},
                                    {"--vsc", "listen:unix:/3"},
                                    {"--serial", "7"},
                                    {"--usbredir", "connect:unix:/4"}})
                         .value();
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(*specs[0].usbredir_of(0), chardev::parse_endpoint("connect:unix:/1"));
  EXPECT_NE(specs[0].identity.serial, "7");
  EXPECT_EQ(specs[1].identity.name, "b");
  EXPECT_EQ(specs[1].identity.serial, "7");
  EXPECT_TRUE(parse_readers({}).value().empty());
}

TEST(ReaderSpec, TellsWhichOptionIsMissingOrThereTwice) {
  const Words vsc{{"--vsc", "listen:unix:/a"}};
  EXPECT_EQ(
      refusal(vsc),
      "--usbredir is missing: a reader needs --vsc and --usbredir, or --usbip for all readers");
  EXPECT_EQ(refusal({{"--usbredir", "listen:unix:/a"}}),
            "--vsc is missing: a reader needs --vsc and --usbredir");
  EXPECT_EQ(refusal({{"--reader", "a"}}), "--vsc is missing: a reader needs --vsc and --usbredir");
  for (const char* option : {"--vsc", "--serial", "--speed"}) {
    EXPECT_EQ(refusal({{option, "1"}, {option, "1"}}),
              std::string(option) +
                  " is given twice for one reader: the next reader starts with --reader NAME");
  }
  Words unnamed = reader({});
  unnamed.push_back({"--reader", "b"});
  EXPECT_EQ(refusal(unnamed), "with several readers, the first one also needs --reader NAME");
}

TEST(ReaderSpec, RefusesAddressesThatAnEndCannotHave) {
  const auto with = [](const char* vsc, const char* usbredir) {
    return refusal({{"--vsc", vsc}, {"--usbredir", usbredir}});
  };
  EXPECT_EQ(with("listen:unix:/a", "listen:unix:/b"), "accepted");
  EXPECT_NE(with("listen:unix:/a", "listen:spicevmc://127.0.0.1:0"), "accepted");
  EXPECT_NE(with("unix:/a", "listen:unix:/b"), "accepted");
  EXPECT_NE(with("listen:unix:/a", "connect:unix:/b,peer-max-apdu=65544"), "accepted");
  EXPECT_NE(with("listen:unix:/a,peer-max-apdu=257", "listen:unix:/b"), "accepted");
}

TEST(ReaderSpec, SaysHowManyCardsAClientMayBring) {
  const auto room = [](const char* vsc) {
    return parse_readers({{"--vsc", vsc}}, Usbip::Yes).value()[0].vsc.max_readers;
  };
  EXPECT_EQ(room("listen:unix:/a"), 8U);
  EXPECT_EQ(room("listen:unix:/a,cards=3"), 3U);
  EXPECT_EQ(parse_readers(reader({})).value()[0].vsc.max_readers, 1U) << "of usbredir";
  EXPECT_EQ(refusal({{"--vsc", "listen:unix:/a,cards=2"}, {"--usbredir", "listen:unix:/b"}}),
            "cards=2 needs as many --usbredir, one for each card");
  EXPECT_EQ(refusal({{"--vsc", "listen:unix:/a,cards=2"},
                     {"--usbredir", "connect:spice://127.0.0.1:5900,port=one"}}),
            "cards=2 needs as many --usbredir, one for each card");
  EXPECT_EQ(refusal({{"--vsc", "listen:unix:/a,cards=33"}, {"--usbredir", "listen:unix:/b"}}),
            "cards=33 is not a number from 1 to 32");
}

TEST(ReaderSpec, HasNoPlaceForTwoCards) {
  EXPECT_EQ(refusal({{"--vsc", "listen:unix:/a"},
                     {"--usbredir", "connect:unix:/1"},
                     {"--usbredir", "connect:unix:/2"},
                     {"--usbredir", "connect:unix:/1"}}),
            "two --usbredir lead to unix:/1: each card needs one of its own");
  const Word spice{"--usbredir", "connect:spice://127.0.0.1:5900"};
  EXPECT_TRUE(parse_readers({{"--vsc", "listen:unix:/a"}, spice, spice}));
}

TEST(ReaderSpec, HasAPlaceInTheMachineForEachCard) {
  const auto two = parse_readers({{"--vsc", "listen:unix:/a"},
                                  {"--usbredir", "connect:unix:/1"},
                                  {"--usbredir", "connect:unix:/2"}})
                       .value()[0];
  EXPECT_EQ(two.vsc.max_readers, 2U);
  EXPECT_EQ(*two.usbredir_of(1), chardev::parse_endpoint("connect:unix:/2"));
  const auto spice = parse_readers({{"--vsc", "listen:unix:/a,cards=3"},
                                    {"--usbredir", "connect:spice://127.0.0.1:5900"}})
                         .value()[0];
  EXPECT_EQ(spice.vsc.max_readers, 3U);
  EXPECT_EQ(spice.usbredir_of(2), spice.usbredir_of(0)) << "each has a channel of its own there";
  const auto usbip = parse_readers({{"--vsc", "listen:unix:/a"}}, Usbip::Yes).value()[0];
  EXPECT_EQ(usbip.usbredir_of(1), nullptr);
}

TEST(ReaderSpec, MayBeAtASpiceServer) {
  const auto with = [](const char* usbredir) {
    return refusal({{"--vsc", "listen:unix:/a"}, {"--usbredir", usbredir}});
  };
  for (const char* good :
       {"connect:spice://127.0.0.1:5900", "connect:spice+tls://h:5901,ca=ca.pem,port=org.a",
        "connect:spice+unix:/run/vm1.spice", "connect:spice:console.vv"}) {
    EXPECT_EQ(with(good), "accepted") << good;
  }
  EXPECT_THAT(with("listen:spice://127.0.0.1:5900"), testing::HasSubstr("can only connect"));
  EXPECT_NE(
      refusal({{"--vsc", "connect:spice://127.0.0.1:5900"}, {"--usbredir", "listen:unix:/b"}}),
      "accepted");
}

TEST(ReaderSpec, RefusesASecondSpiceServer) {
  EXPECT_NE(refusal({{"--reader", "a"},
                     {"--vsc", "listen:spicevmc://127.0.0.1:0"},
                     {"--usbredir", "listen:unix:/a"},
                     {"--reader", "b"},
                     {"--vsc", "listen:spicevmc://127.0.0.1:0"},
                     {"--usbredir", "listen:unix:/b"}}),
            "accepted");
}

}  // namespace
}  // namespace vscard::ccid_passthru
