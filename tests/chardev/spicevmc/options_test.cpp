// What the keys of spicevmc:// mean, and where its password comes from.

#include "chardev/spicevmc/options.hpp"

#include "chardev/spicevmc/spicevmc.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <unistd.h>

namespace vscard::chardev::spicevmc {
namespace {

Address address(const std::string& text) { return parse_address(text).value(); }

std::string error_of(const std::string& text) {
  const Address parsed = address(text);
  const Transport& transport = parsed.scheme == "spicevmc" ? kSpicevmc : kSpicevmcUnix;
  const auto checked = transport.check(parsed);
  return checked ? "" : checked.error().text;
}

TEST(SpicevmcOptions, AreTakenFromTheKeys) {
  const auto options =
      parse_options(address("spicevmc://[::1]:5930,cert=c.pem,key=k.pem,password-file=p"));
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->socket, address("tcp://[::1]:5930"));
  EXPECT_EQ(options->tls->certificate, "c.pem");
  EXPECT_EQ(options->tls->key, "k.pem");
  EXPECT_EQ(options->password, SecretSource("p"));

  const auto at_unix = parse_options(address("spicevmc+unix:/a,mode=0660,password-fd=3"));
  ASSERT_TRUE(at_unix) << at_unix.error().text;
  EXPECT_EQ(at_unix->socket, address("unix:/a,mode=0660"));
  EXPECT_EQ(at_unix->password, SecretSource(3));
  EXPECT_FALSE(at_unix->tls);
}

TEST(SpicevmcOptions, AreCheckedBeforeAnythingIsOpened) {
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:5930"), "");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:5930,mode=0660"),
            "spicevmc has no key 'mode'; there are password-file, password-fd, cert and key");
  EXPECT_EQ(error_of("spicevmc+unix:/a,mode=0660"), "");
  EXPECT_EQ(error_of("spicevmc+unix:/a,mode=99"), "mode=99 is no file mode; expected e.g. 0660");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:5930,cert=c"), "TLS needs both cert=FILE and key=FILE");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:5930,password-fd=x"),
            "password-fd=x is no file descriptor");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:5930,password-fd=3,password-file=p"),
            "password-file and password-fd are two ways to say the same: use one");
  EXPECT_NE(error_of("spicevmc://127.0.0.1"), "");
}

TEST(SpicevmcOptions, SayWhoCanReachIt) {
  const auto reachable_unencrypted = [](const std::string& text) {
    return kSpicevmc.reachable_unencrypted(address(text));
  };
  EXPECT_FALSE(reachable_unencrypted("spicevmc://127.0.0.1:5930"));
  EXPECT_TRUE(reachable_unencrypted("spicevmc://0.0.0.0:5930"));
  EXPECT_TRUE(reachable_unencrypted("spicevmc://0.0.0.0:5930,password-file=p"))
      << "others can read along";
  EXPECT_TRUE(reachable_unencrypted("spicevmc://0.0.0.0:5930,cert=c,key=k"))
      << "others can connect";
  EXPECT_FALSE(reachable_unencrypted("spicevmc://0.0.0.0:5930,cert=c,key=k,password-file=p"));
  EXPECT_FALSE(kSpicevmcUnix.reachable_unencrypted(address("spicevmc+unix:/a")));
}

Result<protocol::SecretBytes> read_password(const std::string& key) {
  return read_password(parse_options(address("spicevmc://127.0.0.1:0," + key)).value());
}

std::string password_in(const std::string& content) {
  const test::TempFolder folder;
  test::write_text(folder.path() / "p", content);
  const auto read = read_password("password-file=" + (folder.path() / "p").string());
  if (!read) return read.error().text;
  return {read->view().begin(), read->view().end()};
}

TEST(SpicevmcPassword, IsTheFirstLine) {
  using namespace std::string_literals;
  EXPECT_EQ(password_in("sesame"), "sesame\0"s);
  EXPECT_EQ(password_in("open sesame\nmore"), "open sesame\0"s);
  EXPECT_EQ(password_in(std::string(60, 'x') + "\n"), std::string(60, 'x') + "\0"s);
  EXPECT_THAT(password_in(std::string(61, 'x')), testing::HasSubstr("at most 60 bytes"));
  EXPECT_EQ(password_in(""), "the password is empty");
  EXPECT_EQ(password_in("\nsesame"), "the password is empty");
  EXPECT_EQ(password_in("a\0b"s), "the password has a zero byte in it");
}

TEST(SpicevmcPassword, IsNotReadWhereNoneIsNamed) {
  EXPECT_EQ(read_password(Options{}).error().text, "no password is named");
}

TEST(SpicevmcPassword, ComesFromADescriptor) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  ASSERT_EQ(::write(pipe[1], "sesame\n", 7), 7);
  const auto read = read_password("password-fd=" + std::to_string(pipe[0]));
  for (const int end : pipe) ::close(end);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->size(), 7U);
  EXPECT_THAT(read_password("password-fd=4096").error().text,
              testing::HasSubstr("password-fd=4096: "));
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
