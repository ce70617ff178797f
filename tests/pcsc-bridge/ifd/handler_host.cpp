#include "tests/pcsc-bridge/ifd/handler_host.hpp"

#include "protocol/vsc/message.hpp"
#include "tests/fakes/hex.hpp"

extern "C" {
#include <debuglog.h>
}

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <dlfcn.h>
#include <mutex>
#include <stdexcept>

namespace vscard::pcsc_bridge::ifd::test {
namespace {

using fakes::from_hex;
using fakes::to_hex;

constexpr std::chrono::seconds kPatience{20};  ///< many times what a busy machine needs

struct Log {
  std::mutex mutex;
  std::condition_variable grown;
  std::vector<std::string> lines;
};

Log& the_log() {
  static Log log;
  return log;
}

std::string hex_of(const std::vector<UCHAR>& buffer, DWORD size) {
  return to_hex(protocol::Bytes(buffer).first(size));
}

}  // namespace

Module::Module() : handle_(::dlopen(IFD_MODULE, RTLD_LAZY | RTLD_LOCAL)) {
  if (handle_ == nullptr) throw std::runtime_error("cannot load " IFD_MODULE);
  bind(create_by_name, "IFDHCreateChannelByName");
  bind(create, "IFDHCreateChannel");
  bind(close, "IFDHCloseChannel");
  bind(get, "IFDHGetCapabilities");
  bind(set, "IFDHSetCapabilities");
  bind(set_protocol, "IFDHSetProtocolParameters");
  bind(power, "IFDHPowerICC");
  bind(transmit, "IFDHTransmitToICC");
  bind(control, "IFDHControl");
  bind(presence, "IFDHICCPresence");
}

Module::~Module() { ::dlclose(handle_); }

template <class Function>
void Module::bind(Function*& function, const char* name) const {
  function = std::bit_cast<Function*>(::dlsym(handle_, name));
  if (function == nullptr) throw std::runtime_error(std::string("no function ") + name);
}

std::vector<std::string> log_lines() {
  const std::lock_guard lock(the_log().mutex);
  return the_log().lines;
}

void wait_for_log(const std::string& text) {
  Log& log = the_log();
  std::unique_lock lock(log.mutex);
  const auto written = [&] {
    return std::ranges::any_of(log.lines, [&](const auto& line) { return line.contains(text); });
  };
  if (!log.grown.wait_for(lock, kPatience, written)) throw std::runtime_error("no line " + text);
}

Reader::Reader(const Module& module, DWORD lun, const std::string& device)
    : module_(module), lun_(lun) {
  std::string name = device;
  if (module.create_by_name(lun, name.data()) != IFD_SUCCESS) {
    throw std::runtime_error("no channel " + device);
  }
}

Reader::~Reader() { close(); }

Reader::Result Reader::get(DWORD tag, DWORD room) const {
  std::vector<UCHAR> value(room);
  const RESPONSECODE code = module_.get(lun_, tag, &room, value.data());
  return {code, code == IFD_SUCCESS ? hex_of(value, room) : ""};
}

Reader::Result Reader::control(DWORD code, DWORD room) const {
  std::vector<UCHAR> value(room);
  DWORD size = 0;
  const RESPONSECODE result = module_.control(lun_, code, nullptr, 0, value.data(), room, &size);
  return {result, hex_of(value, size)};
}

Reader::Result Reader::power(DWORD action) const {
  std::vector<UCHAR> atr(MAX_ATR_SIZE);
  DWORD size = atr.size();
  const RESPONSECODE code = module_.power(lun_, action, atr.data(), &size);
  return {code, code == IFD_SUCCESS ? hex_of(atr, size) : ""};
}

Reader::Result Reader::transmit(const std::string& command, std::size_t room) const {
  std::vector<UCHAR> bytes = from_hex(command);
  std::vector<UCHAR> response(room);
  DWORD size = room;
  SCARD_IO_HEADER received{};
  const RESPONSECODE code = module_.transmit(lun_, {.Protocol = 1, .Length = 0}, bytes.data(),
                                             bytes.size(), response.data(), &size, &received);
  return {code, hex_of(response, size)};
}

template <class Function>
Function* Reader::function(DWORD tag) const {
  Function* found = nullptr;
  std::array<UCHAR, sizeof found> value{};
  DWORD size = value.size();
  if (module_.get(lun_, tag, &size, value.data()) == IFD_SUCCESS && size == value.size()) {
    found = std::bit_cast<Function*>(value);
  }
  return found;
}

RESPONSECODE Reader::wait(int timeout_ms) const {
  auto* const wait = function<RESPONSECODE(DWORD, int)>(TAG_IFD_POLLING_THREAD_WITH_TIMEOUT);
  return wait == nullptr ? IFD_NO_SUCH_DEVICE : wait(lun_, timeout_ms);
}

RESPONSECODE Reader::end_wait() const {
  auto* const end = function<RESPONSECODE(DWORD)>(TAG_IFD_STOP_POLLING_THREAD);
  return end == nullptr ? IFD_NO_SUCH_DEVICE : end(lun_);
}

void Reader::wait_for_presence(RESPONSECODE wanted) const {
  for (int i = 0; i < 10 && presence() != wanted; ++i) wait(20'000);
  if (presence() != wanted) throw std::runtime_error("the card's state did not change");
}

Watch::Watch(const Reader& reader) : reader_(reader), thread_([this] { run(); }) {}

Watch::~Watch() {
  stop_ = true;
  reader_.end_wait();
  thread_.join();
}

void Watch::wait_for(int changes) const {
  for (int seen = changes_; seen < changes; seen = changes_) changes_.wait(seen);
}

/// pcscd asks for the presence, and asks again before it powers a card up.
void Watch::run() {
  RESPONSECODE shown = IFD_ICC_NOT_PRESENT;
  while (!stop_) {
    const RESPONSECODE now = reader_.presence();
    if (now != std::exchange(shown, now)) {
      if (now == IFD_ICC_PRESENT && reader_.presence() == IFD_ICC_PRESENT) {
        EXPECT_EQ(reader_.power(IFD_POWER_UP).code, IFD_SUCCESS);
      }
      ++changes_;
      changes_.notify_all();
    }
    reader_.wait(600'000);
  }
}

std::string apdu(const std::string& hex) {
  auto bytes = protocol::SecretBytes::copy_of(from_hex(hex));
  return to_hex(
      protocol::vsc::encode({protocol::vsc::ReaderId{0}, protocol::vsc::Apdu{std::move(bytes)}})
          .view());
}

void expect(const vscard::test::RawSocket& socket, const std::string& hex) {
  EXPECT_EQ(socket.read_hex(hex.size() / 2), hex);
}

vscard::test::RawSocket connect_card(const std::string& path) {
  auto client = vscard::test::RawSocket::connect_unix(path);
  client.send_hex(kInit);
  expect(client, kHostInit);
  client.send_hex(kReaderAdd);
  expect(client, kSuccess);
  client.send_hex(kAtrMessage);
  expect(client, kSuccess);
  return client;
}

Inserted::Inserted(const Host& host, const std::string& keys)
    : reader(host.module(), 0,
             keys.empty() ? host.listen("vsc") : '"' + host.listen("vsc") + "," + keys + '"'),
      client(connect_card(host.path("vsc"))) {
  reader.wait_for_presence(IFD_ICC_PRESENT);
}

}  // namespace vscard::pcsc_bridge::ifd::test

/// pcscd's.
extern "C" __attribute__((format(printf, 2, 3))) void log_msg(const int priority, const char* fmt,
                                                              ...) {
  std::array<char, 1024> text{};
  va_list arguments;
  va_start(arguments, fmt);
  std::vsnprintf(text.data(), text.size(), fmt, arguments);
  va_end(arguments);
  auto& log = vscard::pcsc_bridge::ifd::test::the_log();
  const std::lock_guard lock(log.mutex);
  log.lines.push_back((priority >= PCSC_LOG_ERROR ? "error: " : "") + std::string(text.data()));
  log.grown.notify_all();
}
