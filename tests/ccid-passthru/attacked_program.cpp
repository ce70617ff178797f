#include "tests/ccid-passthru/attacked_program.hpp"

#include "ccid-passthru/ccid/message.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace vscard::ccid_passthru::test {
namespace {

using ccid::CommandType;
using fakes::command;
using fakes::SocketGuest;

/// By how much an attack may make the program's memory grow at its peak, in KiB. What is bounded
/// for one guest adds up to less than 2 MiB; the rest is the allocator's. Attacks are as large that
/// they would exceed it if something were not bounded.
constexpr std::size_t kMaxGrowth = std::size_t{16} * 1024;
/// Answers that the other guest must still get after an attack.
constexpr std::size_t kEnoughAnswers = 20;

/// ASan keeps 256 MiB of freed memory, unless it is told not to.
const std::string kSanitizer =
    "ASAN_OPTIONS=quarantine_size_mb=1:thread_local_quarantine_size_kb=64";

std::vector<std::string> words(const std::string& folder) {
  const auto listen = [&folder](const std::string& name) { return "listen:unix:" + folder + name; };
  std::vector<std::string> all{"/usr/bin/env", kSanitizer, CCID_PASSTHRU_PROGRAM};
  for (const std::string name : {"attacked", "other"}) {
    all.insert(all.end(), {"--reader", name, "--vsc", listen(name + ".vsc,peer-max-apdu=65544"),
                           "--usbredir", listen(name + ".usbredir")});
  }
  return all;
}

/// KiB.
std::size_t peak_memory(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::size_t size = 0;
    if (word == "VmHWM:" && status >> size) return size;
  }
  throw std::runtime_error("no VmHWM");
}

}  // namespace

BusyGuest::BusyGuest(const std::string& path) : guest_(path) {
  guest_.power_on();
  thread_ = std::jthread([this](const std::stop_token& stopped) { work(stopped); });
}

void BusyGuest::work(const std::stop_token& stopped) try {
  for (std::uint8_t seq = 0; !stopped.stop_requested(); ++seq) {
    exchange(seq);
    const std::scoped_lock lock(mutex_);
    ++answers_;
    progress_.notify_all();
  }
} catch (const std::exception& error) {
  const std::scoped_lock lock(mutex_);
  complaint_ = error.what();
  progress_.notify_all();
}

void BusyGuest::exchange(std::uint8_t seq) {
  const std::string data = fakes::to_hex(std::vector{seq});
  const std::string answer =
      guest_.command(command(CommandType::XfrBlock, seq, "0001000001" + data));
  const std::string expected = "DataBlock " + std::to_string(seq) + " 00 00 00 " + data + "9000";
  if (answer != expected) throw std::runtime_error(answer + " in place of " + expected);
}

void BusyGuest::wait_for_answers(std::size_t count) {
  std::unique_lock lock(mutex_);
  const std::size_t enough = answers_ + count;
  progress_.wait(lock, [&] { return answers_ >= enough || !complaint_.empty(); });
  if (!complaint_.empty()) throw std::runtime_error("the other guest: " + complaint_);
}

AttackedProgram::Program::Program(const std::string& folder) : child(words(folder)) {
  child.wait_for("listening on unix:" + folder + "other.usbredir");
}

AttackedProgram::Card::Card(Program& program, const std::string& folder, const std::string& reader)
    : child({ECHO_CARD_PROGRAM, "connect:unix:" + folder + reader + ".vsc"}) {
  program.child.wait_for(reader + ": card inserted");
}

AttackedProgram::AttackedProgram()
    : program_(path("")),
      attacked_card_(program_, path(""), "attacked"),
      other_card_(program_, path(""), "other"),
      neighbour_(path("other.usbredir")),
      memory_before_(peak_memory(program_.child.pid())) {}

void AttackedProgram::TearDown() {
  neighbour_.wait_for_answers(kEnoughAnswers);
  expect_decent_service();
  EXPECT_LT(peak_memory(program_.child.pid()) - memory_before_, kMaxGrowth);
  program_.child.signal(SIGTERM);
  EXPECT_EQ(program_.child.wait(), 0) << program_.child.log();
}

/// What is said here does not depend on what the card has to do yet.
void AttackedProgram::expect_decent_service() {
  SocketGuest guest(target());
  EXPECT_EQ(guest.command(command(CommandType::GetSlotStatus, 1)), "SlotStatus 1 01 00 00");
  EXPECT_EQ(guest.command(command(CommandType::IccPowerOn, 2)),
            "DataBlock 2 00 00 00 3b808131fe458b");
}

}  // namespace vscard::ccid_passthru::test
