#pragma once

#include "tests/peer/child.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vscard::fakes {

/// The next line of a `ctl watch`, without its time.
inline nlohmann::json next_event(test::Child& watcher) {
  auto read = nlohmann::json::parse(watcher.wait_for("event"));
  EXPECT_TRUE(read["time"].is_number());
  read.erase("time");
  return read;
}

}  // namespace vscard::fakes
