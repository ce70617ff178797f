#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace vscard::test {

/// A program under test, with its standard error read line by line. Killed when this object goes.
class Child {
 public:
  enum class Input { Closed, Null };
  explicit Child(std::vector<std::string> arguments, Input input = Input::Null);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// The next line with this text in it; lines before it are kept in log(). Fails the test when it
  /// does not come.
  std::string wait_for(const std::string& text);
  void signal(int number) const;
  pid_t pid() const { return pid_; }
  /// The exit status, or 128 + signal.
  int wait();
  /// All that it wrote until now, or, after wait(), at all.
  const std::string& log() const { return log_; }

 private:
  bool read_more();

  pid_t pid_ = -1;
  int errors_ = -1;  ///< its standard error
  std::string log_;
  std::size_t seen_ = 0;  ///< of log_, by wait_for()
};

}  // namespace vscard::test
