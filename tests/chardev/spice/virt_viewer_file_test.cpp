#include "chardev/spice/virt_viewer_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::spice {
namespace {

Result<VirtViewerFile> parse(const std::string& text) {
  return parse_virt_viewer_file(std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::string error_of(const std::string& text) {
  const auto file = parse(text);
  return file ? "" : file.error().text;
}

// As oVirt hands one out, shortened.
constexpr const char* kOvirt =
    "[virt-viewer]\r\n"
    "type=spice\r\n"
    "host=node1.example.org\r\n"
    "port=5900\r\n"
    "password=a b\\\\c\r\n"
    "# Password is valid for 120 seconds.\r\n"
    "delete-this-file=1\r\n"
    "fullscreen=0\r\n"
    "title=vm1:%d\r\n"
    "tls-port=5901\r\n"
    "host-subject=O=example.org,CN=node1.example.org\r\n"
    "ca=-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n\r\n"
    "secure-channels=main;inputs;smartcard\r\n"
    "\r\n"
    "[ovirt]\r\n"
    "host=engine.example.org:443\r\n";

TEST(SpiceVirtViewerFile, SaysWhereAndHow) {
  const auto file = parse(kOvirt);
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_EQ(file->host, "node1.example.org");
  EXPECT_EQ(file->port, "5900");
  EXPECT_EQ(file->tls_port, "5901");
  EXPECT_EQ(file->subject, "O=example.org,CN=node1.example.org");
  EXPECT_EQ(file->ca, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  const auto password = file->password.view();
  EXPECT_EQ(std::string(password.begin(), password.end()), "a b\\c");
}

TEST(SpiceVirtViewerFile, APortMayBeNone) {
  const auto file = parse("[virt-viewer]\ntype = spice\nhost = h\nport = -1\ntls-port = 61000");
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_EQ(file->port, "");
  EXPECT_EQ(file->tls_port, "61000");
}

TEST(SpiceVirtViewerFile, NamesWhatIsNotSupported) {
  const std::string spice = "[virt-viewer]\ntype=spice\nhost=h\nport=1\n";
  EXPECT_EQ(error_of(spice), "");
  EXPECT_EQ(error_of(spice + "unix-path=/run/vm1\n"),
            "unix-path=/run/vm1 is not supported: use spice+unix:PATH");
  EXPECT_EQ(error_of("[virt-viewer]\ntype=vnc\nhost=h\nport=1\n"),
            "type=vnc is not supported, only spice");
  EXPECT_EQ(error_of("[virt-viewer]\ntype=spice\nhost=h\n"), "it has no host and no port");
  EXPECT_EQ(error_of("[virt-viewer]\ntype=spice\nport=1\n"), "it has no host and no port");
  EXPECT_EQ(error_of("[other]\ntype=spice\nhost=h\nport=1\n"),
            "this is not a virt-viewer file: it has no type=");
}

TEST(SpiceVirtViewerFile, TakesAnyBytes) {
  for (const char* text :
       {"", "\n", "=", "[", "[virt-viewer]", "[virt-viewer]\n=\\", "\\", "a=b"}) {
    EXPECT_EQ(error_of(text), "this is not a virt-viewer file: it has no type=") << text;
  }
}

}  // namespace
}  // namespace vscard::chardev::spice
