#pragma once

#include "tests/simulation/clock.hpp"

#include <string>
#include <vector>

namespace vscard::tests::simulation {

/// What happened, a line an event, until the first thing that must not have happened. Lines are
/// made only when somebody wants to read them: a run is repeated for that.
class Trace {
 public:
  enum class Lines { Dropped, Kept };
  Trace(const Clock& clock, Lines lines) : clock_(clock), lines_(lines) {}

  /// `text` is called for the line.
  template <class Text>
  void note(const char* who, Text text) {
    if (lines_ == Lines::Kept && sound()) add(std::string(who) + ": " + text());
  }
  void note(const char* who, const char* text) {
    note(who, [text] { return std::string(text); });
  }
  /// An invariant does not hold.
  void violation(const std::string& text);

  bool sound() const { return violation_.empty(); }
  const std::string& first_violation() const { return violation_; }
  std::string text() const { return text_; }

 private:
  void add(const std::string& line);

  const Clock& clock_;
  Lines lines_;
  std::string violation_;
  std::string text_;
};

}  // namespace vscard::tests::simulation
