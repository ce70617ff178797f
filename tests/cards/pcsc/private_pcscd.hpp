#pragma once

#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace vscard::test {

/// pcscd for this process and its children alone, in namespaces of their own: needs root or user
/// namespaces, and Debian's package vsmartcard-vpcd, whose readers take their cards over TCP.
class PrivatePcscd {
 public:
  // Its readers, each with the port of its card. One is named as vscard's own are.
  static constexpr const char* kFirst = "Real [a] 00 00";
  static constexpr const char* kSecond = "Real [a] 00 01";
  static constexpr const char* kOwn = "vscard Test 00 00";
  static constexpr std::uint16_t kFirstPort = 36353;
  static constexpr std::uint16_t kSecondPort = 36354;
  static constexpr std::uint16_t kOwnPort = 36369;

  PrivatePcscd();

  void start();
  void stop();
  const Child& process() const { return *process_; }

 private:
  TempFolder folder_;
  std::optional<Child> process_;
};

/// A card in one of these readers; it is pulled out when this object goes.
class VirtualCard {
 public:
  using Bytes = std::vector<std::uint8_t>;

  /// `answer` makes responses of commands, on a thread of its own.
  VirtualCard(std::uint16_t port, Bytes atr, std::function<Bytes(const Bytes&)> answer);
  VirtualCard(const VirtualCard&) = delete;
  VirtualCard& operator=(const VirtualCard&) = delete;
  ~VirtualCard();

  /// What it was told until now, in order.
  std::vector<Bytes> commands() const;

 private:
  void serve();
  bool receive(Bytes& message) const;
  void send(const Bytes& message) const;

  int socket_;
  Bytes atr_;
  std::function<Bytes(const Bytes&)> answer_;
  mutable std::mutex mutex_;
  std::vector<Bytes> commands_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace vscard::test
