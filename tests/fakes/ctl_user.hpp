#pragma once

#include "tests/peer/child.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// A user of `PROGRAM ctl`, at one control socket.
class CtlUser {
 public:
  using Words = std::vector<std::string>;

  CtlUser(std::string program, std::string control)
      : program_(std::move(program)), control_(std::move(control)) {}

  /// The command line, for a child that is to go on.
  Words words(Words command) const {
    command.insert(command.begin(), {program_, "ctl", "--control", control_});
    return command;
  }
  /// What it prints, after its exit status unless that is 0.
  std::string run(Words command) const {
    return run(std::move(command), [] {});
  }
  /// The same for a command that waits for what the test does meanwhile.
  std::string run(Words command, const std::function<void()>& meanwhile) const {
    test::Child child(words(std::move(command)));
    meanwhile();
    const int status = child.wait();
    return (status == 0 ? "" : std::to_string(status) + " ") + child.log();
  }

 private:
  std::string program_;
  std::string control_;
};

}  // namespace vscard::fakes
