// exec:COMMAND, with commands of every system.

#include "tests/chardev/fixture.hpp"

#include <cerrno>
#include <csignal>
#include <string>

namespace vscard::chardev {
namespace {

class Exec : public Sockets {
 protected:
  /// All that the command prints.
  std::string output(const std::string& address) {
    auto stream = connect(address).value();
    std::string text;
    std::array<std::uint8_t, 64> buffer{};
    while (const auto size = run(stream->read(buffer)))
      text.append(buffer.begin(), buffer.begin() + *size);
    return text;
  }
  /// How reading from the command ends.
  std::string end(const std::string& address) {
    auto stream = connect(address).value();
    return read(*stream);
  }
};

TEST_F(Exec, TalksToTheCommand) {
  auto stream = connect("exec:cat").value();
  EXPECT_EQ(stream->remote(), "exec:cat");
  for (const char* bytes : {"00", "010203"}) {
    EXPECT_FALSE(run(stream->write(fakes::from_hex(bytes))));
    EXPECT_EQ(read(*stream), bytes);
  }
}

TEST_F(Exec, HasCommasThatAreDoubled) {
  EXPECT_EQ(output("exec:printf '%s;' a,,b c://d:1"), "a,b;c://d:1;");
  EXPECT_THAT(connect_error("exec:cat,b=c"), testing::HasSubstr("exec: has no key 'b' (a comma"));
}

TEST_F(Exec, TellsHowTheCommandEnded) {
  EXPECT_EQ(end("exec:exit 3"), "ended with status 3");
  EXPECT_EQ(end("exec:kill -KILL $$"), "ended by signal 9");
  EXPECT_EQ(end("exec:true"), "End of file");
  auto stream = connect("exec:exit 4").value();
  EXPECT_EQ(read(*stream), "ended with status 4");
  EXPECT_TRUE(run(stream->write(fakes::from_hex("00"))));
}

TEST_F(Exec, GivesTheCommandNothingButItsStreams) {
  const auto listener = listen("tcp://127.0.0.1:0").value();
  EXPECT_EQ(output("exec:for i in /proc/self/fd/[3-9] /proc/self/fd/[1-9][0-9]; do "
                   "test -S $i && echo $i; done; echo seen"),
            "seen\n");
}

TEST_F(Exec, EndsACommandThatDoesNotWantTo) {
  auto stream = connect("exec:trap '' TERM; echo $$; exec tail -f /dev/null").value();
  std::array<std::uint8_t, 64> buffer{};
  const auto size = run(stream->read(buffer)).value();
  const pid_t process = std::stoi(std::string(buffer.begin(), buffer.begin() + size));
  ASSERT_EQ(::kill(process, 0), 0);
  stream.reset();
  io_.restart();
  io_.run();
  EXPECT_EQ(::kill(process, 0), -1) << "it is there, or was not reaped";
}

TEST_F(Exec, LetsACommandEndByItself) {
  auto stream = connect("exec:cat >/dev/null; touch " + path("done")).value();
  stream.reset();
  io_.restart();
  io_.run();
  EXPECT_TRUE(std::filesystem::exists(path("done")));
}

}  // namespace
}  // namespace vscard::chardev
