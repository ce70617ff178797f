#include "tests/cards/pcsc/private_pcscd.hpp"

#include "cards/pcsc/library.hpp"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <net/if.h>
#include <sched.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::test {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr const char* kPcscd = "/usr/sbin/pcscd";
/// Later ones ask the system's polkit, which has nothing to say here.
constexpr const char* kStart =
    "exec \"$0\" \"$@\" $(\"$0\" --help | grep -o -m 1 -e --disable-polkit)";
constexpr const char* kDriver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

void check(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void enter_user_namespace(int others) {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  check(::unshare(CLONE_NEWUSER | others) == 0, "a private pcscd needs root or user namespaces");
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
  std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
}

/// So that the readers' ports are always free.
void raise_loopback() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP;
  const bool up = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  ::close(socket);
  check(up, "raise lo");
}

/// pcscd's socket is always in /run/pcscd.
void enter_namespaces() {
  constexpr int kOthers = CLONE_NEWNS | CLONE_NEWNET;
  if (::unshare(kOthers) != 0) enter_user_namespace(kOthers);
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  check(::mount("none", "/run", "tmpfs", 0, nullptr) == 0, "mount /run");
  raise_loopback();
}

std::string reader(const char* name, std::uint16_t port, const std::string& driver) {
  return fmt::format(
      "FRIENDLYNAME \"{}\"\nDEVICENAME /dev/null:{:#x}\nLIBPATH {}\nCHANNELID {:#x}\n\n", name,
      port, driver, port);
}

}  // namespace

PrivatePcscd::PrivatePcscd() {
  enter_namespaces();
  // Two readers of one driver take each other for the same, unless the driver is there twice.
  const std::string copy = folder_.path() / "second.so";
  std::filesystem::copy_file(kDriver, copy);
  write_text(folder_.path() / "readers/readers",
             reader("Real [a]", kFirstPort, kDriver) + reader("vscard Test", kOwnPort, copy));
  start();
}

void PrivatePcscd::start() {
  process_.emplace(std::vector<std::string>{"/bin/sh", "-c", kStart, kPcscd, "-f", "-i", "-c",
                                            folder_.path() / "readers"});
  process_->wait_for("daemon ready");
  // It says so a moment before it listens.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!cards::pcsc::Context::establish()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("pcscd is silent");
    std::this_thread::yield();
  }
}

void PrivatePcscd::stop() {
  process_->signal(SIGTERM);
  process_->wait();
}

// The reader listens. A message is two bytes of length and so many bytes: a command, or, if it is
// one byte, 0 power off, 1 power on, 2 reset, none of which is answered, or 4: which ATR?
VirtualCard::VirtualCard(std::uint16_t port, Bytes atr, std::function<Bytes(const Bytes&)> answer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      atr_(std::move(atr)),
      answer_(std::move(answer)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  check(::connect(socket_, generic, sizeof address) == 0, "connect to the reader");
  thread_ = std::thread([this] { serve(); });
}

VirtualCard::~VirtualCard() {
  ::shutdown(socket_, SHUT_RDWR);
  thread_.join();
  ::close(socket_);
}

std::vector<VirtualCard::Bytes> VirtualCard::commands() const {
  const std::scoped_lock lock(mutex_);
  return commands_;
}

void VirtualCard::serve() {
  constexpr std::uint8_t kWhichAtr = 4;
  for (Bytes message; receive(message);) {
    if (message.size() > 1) {
      {
        const std::scoped_lock lock(mutex_);
        commands_.push_back(message);
      }
      send(answer_(message));
    } else if (message == Bytes{kWhichAtr}) {
      send(atr_);
    }
  }
}

bool VirtualCard::receive(Bytes& message) const {
  Bytes length(2);
  if (::recv(socket_, length.data(), 2, MSG_WAITALL) != 2) return false;
  message.resize(static_cast<std::size_t>(length[0] << 8 | length[1]));
  const auto size = static_cast<ssize_t>(message.size());
  return ::recv(socket_, message.data(), message.size(), MSG_WAITALL) == size;
}

void VirtualCard::send(const Bytes& message) const {
  Bytes bytes{static_cast<std::uint8_t>(message.size() >> 8),
              static_cast<std::uint8_t>(message.size() & 0xff)};
  bytes.insert(bytes.end(), message.begin(), message.end());
  ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

}  // namespace vscard::test
