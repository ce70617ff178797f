#include "chardev/spice/server_spec.hpp"

#include "chardev/spice/smartcard/client.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace vscard::chardev::spice {
namespace {

Address address(const std::string& text) { return parse_address(text).value(); }

std::string error_of(const std::string& text) {
  const auto checked = check(address(text));
  return checked ? "" : checked.error().text;
}

std::string password_of(const ServerSpec& server) {
  return {server.password.view().begin(), server.password.view().end()};
}

TEST(SpiceServer, ChecksItsAddress) {
  for (const char* good :
       {"spice://127.0.0.1:5900", "spice://[::1]:5900,password-fd=3", "spice:console.vv",
        "spice:/tmp/console.vv", "spice+unix:/run/vm1.spice,password-file=/run/password",
        "spice+tls://vmhost:5901,ca=ca.pem,subject=O=Example,,CN=vmhost",
        "spice://h:1,port=org.a"}) {
    EXPECT_EQ(error_of(good), "") << good;
  }
  for (const char* bad : {"spice://127.0.0.1", "spice://127.0.0.1:5900,password=secret",
                          "spice://127.0.0.1:5900,ca=ca.pem", "spice+unix:", "spice+tls:console.vv",
                          "spice://h:1,password-fd=x", "spice://h:1,password-fd=3,password-file=p",
                          "spice://h:1,port="}) {
    EXPECT_NE(error_of(bad), "") << bad;
  }
}

TEST(SpiceServer, ReadsThePasswordsFirstLine) {
  const vscard::test::TempFolder folder;
  const std::string file = folder.path() / "password";
  vscard::test::write_text(file, "letmein\r\nanother line\n");
  const auto server = ServerReader(address("spice://127.0.0.1:5900,password-file=" + file)).read();
  ASSERT_TRUE(server) << server.error().text;
  EXPECT_EQ(password_of(*server), "letmein");
  EXPECT_EQ(server->carrier.text(), "tcp://127.0.0.1:5900");
  EXPECT_FALSE(server->trust);

  vscard::test::write_text(file, std::string(61, 'x'));
  EXPECT_EQ(
      ServerReader(address("spice://127.0.0.1:5900,password-file=" + file)).read().error().text,
      file + ": a SPICE password has at most 60 bytes");
  EXPECT_EQ(ServerReader(address("spice://h:1,password-file=" + file + "x")).read().error().text,
            "cannot open " + file + "x: No such file or directory");
}

/// A descriptor from which these bytes are read, and no more.
class Input {
 public:
  explicit Input(std::string_view bytes) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    const ssize_t written = ::write(ends[1], bytes.data(), bytes.size());
    EXPECT_EQ(written, static_cast<ssize_t>(bytes.size()));
    ::close(ends[1]);
    number_ = ends[0];
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() { ::close(number_); }
  std::string text() const { return std::to_string(number_); }

 private:
  int number_ = -1;
};

TEST(SpiceServer, ReadsADescriptorOnceAndRemembers) {
  const Input input("letmein\n");
  ServerReader reader(address("spice+unix:/run/vm1.spice,password-fd=" + input.text()));
  for (int time = 0; time < 2; ++time) {
    const auto server = reader.read();
    ASSERT_TRUE(server) << server.error().text;
    EXPECT_EQ(password_of(*server), "letmein");
    EXPECT_EQ(server->carrier.text(), "unix:/run/vm1.spice");
  }
}

TEST(SpiceServer, ForgetsWhatItReadFromADescriptorWithItsReader) {
  const Input input("letmein\n");
  const Address spice = address("spice://h:1,password-fd=" + input.text());
  EXPECT_EQ(password_of(ServerReader(spice).read().value()), "letmein");
  EXPECT_EQ(password_of(ServerReader(spice).read().value()), "") << "kept in another place";
}

TEST(SpiceServer, ReadsAPasswordFileAnewEachTime) {
  const vscard::test::TempFolder folder;
  const std::string file = folder.path() / "password";
  ServerReader reader(address("spice://h:1,password-file=" + file));
  for (const std::string password : {"first", "second"}) {
    vscard::test::write_text(file, password + "\n");
    EXPECT_EQ(password_of(reader.read().value()), password);
  }
}

TEST(SpiceServer, ReadsAVirtViewerFile) {
  const vscard::test::TempFolder folder;
  const std::string file = folder.path() / "console.vv";
  vscard::test::write_text(file,
                           "[virt-viewer]\ntype=spice\nhost=::1\nport=5900\ntls-port=5901\n"
                           "password=letmein\nhost-subject=CN=vmhost\n");
  const auto server = ServerReader(address("spice:" + file)).read();
  ASSERT_TRUE(server) << server.error().text;
  EXPECT_EQ(server->carrier.text(), "tcp://[::1]:5901");
  ASSERT_TRUE(server->trust);
  EXPECT_EQ(server->trust->subject, "CN=vmhost");
  EXPECT_EQ(password_of(*server), "letmein");

  vscard::test::write_text(file, "[virt-viewer]\ntype=spice\nhost=h\nport=x\n");
  EXPECT_TRUE(
      ServerReader(address("spice:" + file)).read().error().text.starts_with(file + ": 'h:x'"));
  vscard::test::write_text(file, std::string(65537, '\n'));
  EXPECT_EQ(ServerReader(address("spice:" + file)).read().error().text,
            file + ": the file is too large");
}

// As Proxmox hands one out, shortened.
TEST(SpiceServer, GoesThroughAProxy) {
  const vscard::test::TempFolder folder;
  const std::string file = folder.path() / "console.vv";
  const std::string text =
      "[virt-viewer]\ndelete-this-file=1\nhost=pvespiceproxy:65a0:100:node1::ab12\n"
      "tls-port=61000\ntype=spice\nhost-subject=OU=PVE Cluster Node,O=Proxmox,CN=node1\n";
  vscard::test::write_text(file, text + "proxy=http://node1:3128\n");
  const auto server = ServerReader(address("spice:" + file)).read();
  ASSERT_TRUE(server) << server.error().text;
  EXPECT_EQ(server->carrier.text(), "tcp://node1:3128");
  ASSERT_TRUE(server->tunnel);
  EXPECT_EQ(server->tunnel->host, "pvespiceproxy:65a0:100:node1::ab12");
  EXPECT_EQ(server->tunnel->port, "61000");

  vscard::test::write_text(file, text + "proxy=socks5://node1:1080\n");
  EXPECT_EQ(ServerReader(address("spice:" + file)).read().error().text,
            file + ": proxy=socks5://node1:1080 is not supported, only http://");
}

TEST(SpiceServer, KnowsWhoCouldReadAlong) {
  EXPECT_FALSE(smartcard::kSpice.reachable_unencrypted(address("spice://127.0.0.1:5900")));
  EXPECT_TRUE(smartcard::kSpice.reachable_unencrypted(address("spice://192.0.2.1:5900")));
  EXPECT_FALSE(smartcard::kSpiceTls.reachable_unencrypted(address("spice+tls://192.0.2.1:5901")));
  EXPECT_FALSE(smartcard::kSpiceUnix.reachable_unencrypted(address("spice+unix:/run/vm1.spice")));
}

TEST(SpiceServer, IsNotReadFromAnAddressThatIsNone) {
  for (const std::string bad :
       {"spice+tls://h", "spice://h:1,colour=red", "spice://h:1,password-fd=x"}) {
    const Address unchecked = address(bad);
    EXPECT_FALSE(check(unchecked)) << bad;
    EXPECT_EQ(parse_server(unchecked).error(), check(unchecked).error()) << bad;
    EXPECT_EQ(ServerReader(unchecked).read().error(), check(unchecked).error()) << bad;
  }
}

}  // namespace
}  // namespace vscard::chardev::spice
