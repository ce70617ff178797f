// What a virtual machine is given, character by character: a shell and libvirt read it.

#include "ccid-passthru/attach.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

namespace vscard::ccid_passthru {
namespace {

ReaderSpec reader(const std::string& usbredir) {
  ReaderSpec spec;
  spec.usbredir = {chardev::parse_endpoint(usbredir).value()};
  return spec;
}
std::string qemu_line(const std::string& usbredir, std::optional<QemuVersion> version = {}) {
  const auto text = qemu_arguments({reader(usbredir)}, version);
  if (!text) return "error: " + text.error().text;
  const std::size_t at = text->find("-chardev ");
  return text->substr(at, text->find('\n', at) - at);
}
std::string libvirt_source(const std::string& usbredir) {
  const auto text = libvirt_devices({reader(usbredir)});
  if (!text) return "error: " + text.error().text;
  const std::size_t at = text->find("<source");
  return text->substr(at, text->find('>', at) - at + 1);
}

TEST(Attach, GivesTheMachineTheOtherEnd) {
  EXPECT_EQ(qemu_line("connect:unix:/run/usb"),
            "-chardev socket,id=vscard0,path=/run/usb,server=on,wait=off");
  EXPECT_EQ(qemu_line("listen:unix:/run/usb"),
            "-chardev socket,id=vscard0,path=/run/usb,reconnect-ms=1000");
  EXPECT_EQ(qemu_line("connect:tcp://127.0.0.1:4000"),
            "-chardev socket,id=vscard0,host=127.0.0.1,port=4000,server=on,wait=off,nodelay=on");
  EXPECT_EQ(libvirt_source("connect:unix:/run/usb"), "<source mode='bind' path='/run/usb'/>");
  EXPECT_EQ(libvirt_source("listen:unix:/run/usb"), "<source mode='connect' path='/run/usb'>");
  EXPECT_EQ(libvirt_source("connect:tcp://127.0.0.1:4000"),
            "<source mode='bind' host='127.0.0.1' service='4000'/>");
}

TEST(Attach, TellsQemuToTryAgainInTheWordsOfItsVersion) {
  const std::string socket = "-chardev socket,id=vscard0,path=/run/usb";
  for (const QemuVersion version : {QemuVersion{7, 2}, QemuVersion{9, 1}}) {
    EXPECT_EQ(qemu_line("listen:unix:/run/usb", version), socket + ",reconnect=1");
  }
  for (const QemuVersion version : {QemuVersion{9, 2}, QemuVersion{10, 0}, QemuVersion{11, 1}}) {
    EXPECT_EQ(qemu_line("listen:unix:/run/usb", version), socket + ",reconnect-ms=1000");
  }
}

TEST(Attach, NamesSocketsFromTheRoot) {
  const std::string here = std::filesystem::current_path();
  EXPECT_EQ(qemu_line("connect:unix:usb"),
            "-chardev socket,id=vscard0,path=" + here + "/usb,server=on,wait=off");
  EXPECT_EQ(libvirt_source("connect:unix:usb"), "<source mode='bind' path='" + here + "/usb'/>");
}

TEST(Attach, QuotesForQemuAndThenForTheShell) {
  EXPECT_EQ(qemu_line("listen:unix:/a,,b"),
            "-chardev socket,id=vscard0,path=/a,,b,reconnect-ms=1000");
  EXPECT_EQ(qemu_line("listen:unix:/a b"),
            "-chardev 'socket,id=vscard0,path=/a b,reconnect-ms=1000'");
  EXPECT_EQ(qemu_line("listen:unix:/it's"),
            "-chardev 'socket,id=vscard0,path=/it'\\''s,reconnect-ms=1000'");
  EXPECT_EQ(qemu_line("listen:unix:/$HOME;*"),
            "-chardev 'socket,id=vscard0,path=/$HOME;*,reconnect-ms=1000'");
  EXPECT_EQ(qemu_line("listen:unix:@hidden"),
            "-chardev socket,id=vscard0,path=hidden,abstract=on,reconnect-ms=1000");
  EXPECT_EQ(qemu_line("listen:tcp://[::1]:4000"),
            "-chardev socket,id=vscard0,host=::1,port=4000,reconnect-ms=1000,nodelay=on");
}

TEST(Attach, QuotesForXml) {
  EXPECT_EQ(libvirt_devices({reader("connect:unix:/a&b<c'd")}).value(),
            "<controller type='usb' model='qemu-xhci' ports='15'/>\n"
            "<redirdev bus='usb' type='unix'>\n"
            "  <source mode='bind' path='/a&amp;b&lt;c&apos;d'/>\n"
            "</redirdev>");
}

TEST(Attach, NumbersSeveralReaders) {
  const std::vector readers{reader("listen:unix:/a"), reader("listen:unix:/b")};
  EXPECT_EQ(qemu_arguments(readers, {}).value(),
            "-device qemu-xhci,p2=15\n"
            "-chardev socket,id=vscard0,path=/a,reconnect-ms=1000\n"
            "-device usb-redir,chardev=vscard0,id=vscard0-reader\n"
            "-chardev socket,id=vscard1,path=/b,reconnect-ms=1000\n"
            "-device usb-redir,chardev=vscard1,id=vscard1-reader");
}

/// The lines of a reader.
std::string qemu_lines(const std::string& usbredir) {
  const auto text = qemu_arguments({reader(usbredir)}, {});
  return text ? text->substr(text->find('\n') + 1) : "error: " + text.error().text;
}

constexpr const char* kDevice = "-device usb-redir,chardev=vscard0,id=vscard0-reader";

TEST(Attach, GivesTheMachineCertificates) {
  const std::string tls = "-object tls-creds-x509,id=vscard0-tls,endpoint=";
  const std::string socket = "-chardev socket,id=vscard0,host=vmhost,port=4000,";
  const std::string server = ",tls-creds=vscard0-tls\n" + std::string(kDevice);
  EXPECT_EQ(qemu_lines("connect:tls://vmhost:4000,cert=/a,ca=/b"),
            tls + "server,dir=/etc/pki/qemu,verify-peer=on\n" + socket +
                "server=on,wait=off,nodelay=on" + server);
  EXPECT_EQ(qemu_lines("connect:tls://vmhost:4000,ca=/b"),
            tls + "server,dir=/etc/pki/qemu,verify-peer=off\n" + socket +
                "server=on,wait=off,nodelay=on" + server);
  EXPECT_EQ(qemu_lines("listen:tls://vmhost:4000,cert=/a,ca=/b"),
            tls + "client,dir=/etc/pki/qemu\n" + socket + "reconnect-ms=1000,nodelay=on" + server);
  EXPECT_EQ(libvirt_source("connect:tls://vmhost:4000,cert=/a,ca=/b"),
            "<source mode='bind' host='vmhost' service='4000' tls='yes'/>");
}

TEST(Attach, GivesTheMachineTheKeyOfTheReader) {
  const test::TempFolder folder;
  const std::string keys = folder.path() / "keys.psk";
  test::write_text(keys, "laptop:" + std::string(32, 'a') + "\nvm:" + std::string(32, 'b') + "\n");
  std::filesystem::permissions(keys, std::filesystem::perms::owner_read);
  const auto object = [](const std::string& lines) { return lines.substr(0, lines.find('\n')); };
  const std::string psk = "-object tls-creds-psk,id=vscard0-tls,endpoint=";
  const std::string dir = ",dir=" + folder.path().string();
  EXPECT_EQ(object(qemu_lines("connect:tls://vmhost:4000,psk=" + keys)), psk + "server" + dir);
  EXPECT_EQ(object(qemu_lines("listen:tls://vmhost:4000,psk=" + keys)),
            psk + "client" + dir + ",username=laptop");
  EXPECT_EQ(object(qemu_lines("listen:tls://vmhost:4000,peer=vm,psk=" + keys)),
            psk + "client" + dir + ",username=vm");
  EXPECT_EQ(qemu_lines("listen:tls://vmhost:4000,psk=/a"),
            "error: QEMU reads keys from a file named keys.psk: rename /a");
  EXPECT_EQ(qemu_lines("listen:tls://vmhost:4000,psk=/nowhere/keys.psk"),
            "error: cannot open /nowhere/keys.psk: No such file or directory");
}

TEST(Attach, MakesTheMachineAServerOfWebSockets) {
  const std::string socket =
      "-chardev socket,id=vscard0,host=vmhost,port=4000,server=on,wait=off,nodelay=on,websocket=on";
  EXPECT_EQ(qemu_line("connect:ws://vmhost:4000"), socket);
  EXPECT_EQ(qemu_line("connect:wss://vmhost:4000/,ca=/b"), socket + ",tls-creds=vscard0-tls");
  for (const char* usbredir : {"listen:ws://vmhost:4000", "connect:ws://vmhost:4000/card"}) {
    EXPECT_EQ(qemu_line(usbredir),
              "error: QEMU's WebSocket is a server with the path /: use connect:ws://vmhost:4000, "
              "not " +
                  chardev::parse_endpoint(usbredir).value().address.text());
  }
}

TEST(Attach, RefusesWhatAMachineCannotBeGiven) {
  EXPECT_EQ(qemu_line("listen:vsock://any:4000"),
            "error: --print knows how to attach unix:, tcp://, tls://, ws:// and wss://, not "
            "vsock://any:4000");
  EXPECT_EQ(qemu_line("connect:tls://127.0.0.1:4000,pair=/a"),
            "error: QEMU cannot pair: give psk=FILE or certificates in place of pair=/a");
  EXPECT_EQ(qemu_line("listen:tcp://127.0.0.1:0"),
            "error: --print needs a port in tcp://127.0.0.1:0, not 0");
  EXPECT_EQ(libvirt_source("listen:tcp://127.0.0.1:0"),
            "error: --print needs a port in tcp://127.0.0.1:0, not 0");
  EXPECT_EQ(libvirt_source("listen:unix:@hidden"),
            "error: libvirt does not support an abstract socket such as @hidden");
  EXPECT_EQ(libvirt_source("connect:ws://127.0.0.1:4000"),
            "error: libvirt does not support WebSockets");
}

}  // namespace
}  // namespace vscard::ccid_passthru
