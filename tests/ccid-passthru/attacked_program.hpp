#pragma once

#include "tests/fakes/raw_packets.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace vscard::ccid_passthru::test {

/// A guest that uses its card all the time, in a thread of its own, and checks every answer.
class BusyGuest {
 public:
  /// Of the reader at this socket, whose card echoes.
  explicit BusyGuest(const std::string& path);

  /// Waits for so many more answers. Throws when one was wrong or did not come.
  void wait_for_answers(std::size_t count);

 private:
  void work(const std::stop_token& stopped);
  void exchange(std::uint8_t seq);

  fakes::SocketGuest guest_;
  std::mutex mutex_;
  std::condition_variable progress_;
  std::size_t answers_ = 0;
  std::string complaint_;
  std::jthread thread_;
};

/// The program with two readers, each with a card that echoes. One is in use by a BusyGuest, the
/// other one is a test's to attack. After each test the program must have answered the busy guest
/// throughout, serve a decent guest on the attacked reader, not have grown, and end properly.
class AttackedProgram : public testing::Test {
 protected:
  AttackedProgram();
  void TearDown() override;

  std::string path(const std::string& name) const { return folder_.path() / name; }
  /// Where the reader to be attacked listens.
  std::string target() const { return path("attacked.usbredir"); }
  /// A connection that has not said anything.
  vscard::test::RawSocket connection() const {
    return vscard::test::RawSocket::connect_unix(target());
  }
  /// In that reader: echo-card's log.
  vscard::test::Child& card() { return attacked_card_.child; }
  BusyGuest& neighbour() { return neighbour_; }

 private:
  /// ccid-passthru, listening.
  struct Program {
    explicit Program(const std::string& folder);
    vscard::test::Child child;
  };
  /// echo-card, inserted.
  struct Card {
    Card(Program& program, const std::string& folder, const std::string& reader);
    vscard::test::Child child;
  };
  void expect_decent_service();

  vscard::test::TempFolder folder_;
  Program program_;
  Card attacked_card_;
  Card other_card_;
  BusyGuest neighbour_;
  std::size_t memory_before_;
};

}  // namespace vscard::ccid_passthru::test
