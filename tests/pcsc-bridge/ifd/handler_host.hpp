#pragma once

#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

extern "C" {
#include <ifdhandler.h>
}
#include <atomic>
#include <reader.h>
#include <string>
#include <thread>
#include <vector>

/// What pcscd does with a handler, and what a client does at the other end.
namespace vscard::pcsc_bridge::ifd::test {

/// The module, loaded as pcscd loads it.
class Module {
 public:
  Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  decltype(&IFDHCreateChannelByName) create_by_name{};
  decltype(&IFDHCreateChannel) create{};
  decltype(&IFDHCloseChannel) close{};
  decltype(&IFDHGetCapabilities) get{};
  decltype(&IFDHSetCapabilities) set{};
  decltype(&IFDHSetProtocolParameters) set_protocol{};
  decltype(&IFDHPowerICC) power{};
  decltype(&IFDHTransmitToICC) transmit{};
  decltype(&IFDHControl) control{};
  decltype(&IFDHICCPresence) presence{};

 private:
  template <class Function>
  void bind(Function*& function, const char* name) const;

  void* handle_;
};

/// What the handler wrote to pcscd's log, one line each; errors start with "error: ".
std::vector<std::string> log_lines();
/// Fails the test when no such line comes.
void wait_for_log(const std::string& text);

/// A reader of pcscd's: a channel while this object lasts.
class Reader {
 public:
  struct Result {
    RESPONSECODE code;
    std::string hex;
    bool operator==(const Result&) const = default;
  };

  Reader(const Module& module, DWORD lun, const std::string& device);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader();

  void close() const { module_.close(lun_); }
  RESPONSECODE presence() const { return module_.presence(lun_); }
  Result get(DWORD tag, DWORD room = 256) const;
  Result control(DWORD code, DWORD room = 256) const;
  Result power(DWORD action) const;
  Result transmit(const std::string& command, std::size_t room = 70'000) const;

  /// By the functions that pcscd asks the handler for.
  RESPONSECODE wait(int timeout_ms) const;
  RESPONSECODE end_wait() const;
  /// Waits until a card is in, or none, as pcscd's thread does that watches the reader.
  void wait_for_presence(RESPONSECODE wanted) const;

 private:
  template <class Function>
  Function* function(DWORD tag) const;

  const Module& module_;
  DWORD lun_;
};

/// pcscd's thread that watches a reader: it counts the insertions and removals that it sees.
class Watch {
 public:
  explicit Watch(const Reader& reader);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// Until that many are seen: the test has a time limit.
  void wait_for(int changes) const;
  int changes() const { return changes_; }

 private:
  void run();

  const Reader& reader_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> changes_ = 0;
  std::thread thread_;
};

/// Messages of a stock client, as hex.
inline constexpr const char* kInit = "00000001000000000000000c565343440000000200000000";
inline constexpr const char* kHostInit = "00000001ffffffff0000000c565343440000000200000000";
inline constexpr const char* kReaderAdd = "000000030000000000000000";
inline constexpr const char* kAtrMessage = "0000000500000000000000023b00";
inline constexpr const char* kCardRemove = "000000060000000000000000";
inline constexpr const char* kSuccess = "00000002000000000000000400000000";
/// Its card's ATR.
inline constexpr const char* kAtr = "3b00";

/// An APDU message with these bytes.
std::string apdu(const std::string& hex);
/// Reads this from the other side; fails the test when something else comes.
void expect(const vscard::test::RawSocket& socket, const std::string& hex);
/// A client whose card is in.
vscard::test::RawSocket connect_card(const std::string& path);

/// The module, and a folder for sockets.
class Host {
 public:
  std::string path(const std::string& name) const { return folder_.path() / name; }
  /// A DEVICENAME that listens at the socket NAME.
  std::string listen(const std::string& name) const { return "listen:unix:" + path(name); }

  const Module& module() const { return module_; }

 private:
  Module module_;
  vscard::test::TempFolder folder_;
};

/// The reader 0, which listens at the socket "vsc", with a client's card in it.
struct Inserted {
  /// `keys` are of the reader's endpoint: "apdu-timeout=1".
  explicit Inserted(const Host& host, const std::string& keys = "");

  Reader reader;
  vscard::test::RawSocket client;
};

}  // namespace vscard::pcsc_bridge::ifd::test
