// A process that is killed at any point of a write leaves a card that has all that it answered.

#include "cards/piv/folder.hpp"
#include "tests/cards/piv/card_user.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <random>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace vscard::cards::piv {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kKills = 1000;
#ifdef NDEBUG
constexpr std::chrono::seconds kEnough{30};  ///< many times what they take
#else
constexpr std::chrono::seconds kEnough{3};  ///< then there may be fewer: sanitizers are slow
#endif
constexpr unsigned kTimedSteps = 30;
constexpr int kSteps = 6;  ///< that a process lives, at most

/// The PIN after so many steps: each third one changes it.
std::string pin_after(unsigned steps) { return std::to_string(100000 + steps / 3); }
/// What was put after so many steps.
std::string put_after(unsigned steps) { return std::to_string(100000 + (steps + 2) / 3); }

std::string two(const std::string& first, const std::string& second) {
  return CardUser::padded_hex(first) + CardUser::padded_hex(second);
}

/// Of a card in a folder. The step with the number 0 puts data, 1 makes a key, 2 changes the PIN.
std::string step(CardUser& user, unsigned number) {
  switch (number % 3) {
    case 0:
      return user.send("00db3fff", "5c035fff105308" + CardUser::padded_hex(put_after(number + 1)));
    case 1: {
      const std::string answer = user.send("0047009a", "ac03800111");
      return answer.substr(answer.size() - 4);
    }
    default:
      return user.send("00240080", two(pin_after(number), pin_after(number + 1)));
  }
}

Store store_into(const Folder& folder) {
  return [&folder](Bytes bytes) { return folder.store(bytes).has_value(); };
}

void die_after(long nanoseconds) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_nsec = nanoseconds;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
      ::timer_settime(timer, 0, &when, nullptr) != 0) {
    ::_exit(1);
  }
}

/// Goes on until it is killed, and says each step that was answered.
[[noreturn]] void work(const std::filesystem::path& path, unsigned steps, int answered, long life) {
  const auto folder = Folder::open(path);
  CardUser user(folder->load().value()->clone(), store_into(*folder));
  if (user.manage() != "9000") ::_exit(2);
  die_after(life);
  for (; step(user, steps) == "9000"; ++steps) {
    if (::write(answered, "x", 1) != 1) break;
  }
  ::_exit(3);
}

/// How many steps were answered until the process was killed.
unsigned run(const std::filesystem::path& path, unsigned steps, long life) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    work(path, steps, ends[1], life);
  }
  ::close(ends[1]);
  char byte = 0;
  while (::read(ends[0], &byte, 1) == 1) ++steps;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return steps;
}

/// Is the card that of so many steps?
bool is_after(CardUser& user, unsigned steps) {
  return user.send("00cb3fff", "5c035fff10") ==
             "5308" + CardUser::padded_hex(put_after(steps)) + "9000" &&
         user.verify(pin_after(steps)) == "9000";
}

/// A card that has done some steps, each of which took the result.
std::chrono::nanoseconds begin(const std::filesystem::path& path) {
  const auto folder = Folder::open(path);
  CardUser user(quick_card(), store_into(*folder));
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.send("00240080", two("123456", pin_after(0))), "9000");
  const auto start = Clock::now();
  for (unsigned i = 0; i < kTimedSteps; ++i) EXPECT_EQ(step(user, i), "9000");
  return (Clock::now() - start) / kTimedSteps;
}

/// The steps of the card that a killed process left: those that it answered, or one more.
unsigned check(const std::filesystem::path& path, unsigned steps) {
  const auto folder = Folder::open(path);
  const auto state = folder->load();
  EXPECT_TRUE(state && *state);
  CardUser user(state->value().clone(), store_into(*folder));
  if (!is_after(user, steps)) ++steps;
  EXPECT_TRUE(is_after(user, steps));
  EXPECT_EQ(user.send("0087119a", "7c0582008101ff").substr(0, 2), "7c");
  return steps;
}

TEST(PivPowerLoss, LosesNothingThatWasAnswered) {
  // A killed process loses nothing that it wrote, so the file system need not be a disk's, of which
  // most of the time would be waits for it.
  ::setenv("TMPDIR", "/dev/shm", 1);  // NOLINT(concurrency-mt-unsafe): there are no threads
  const test::TempFolder temporary;
  long longest = (begin(temporary.path()) * kSteps).count();
  std::mt19937 random(20261128);  // NOLINT(bugprone-random-generator-seed): the same each time
  unsigned steps = kTimedSteps;
  int kills = 0;
  for (const auto end = Clock::now() + kEnough; kills < kKills && Clock::now() < end; ++kills) {
    const long life = std::uniform_int_distribution<long>(1, longest)(random);
    const unsigned before =
        std::exchange(steps, check(temporary.path(), run(temporary.path(), steps, life)));
    ASSERT_FALSE(testing::Test::HasFailure()) << "after " << kills << " kills";
    // A machine may become busier than at the start, or less.
    longest += (steps == before ? longest : -longest) / 8;
  }
  EXPECT_GT(steps, kTimedSteps + static_cast<unsigned>(kills) / 4) << "they were killed in steps";
  std::printf("%d kills, %u steps\n", kills, steps);
}

}  // namespace
}  // namespace vscard::cards::piv
