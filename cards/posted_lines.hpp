#pragma once

#include "cards/card_set.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <string>

namespace vscard::cards {

/// The lines for the user of `options`, to be called from any thread.
inline OpenOptions with_posted_lines(const OpenOptions& options,
                                     const asio::any_io_executor& executor) {
  const auto posted = [&executor](const std::function<void(const std::string&)>& line) {
    return [executor, line](const std::string& text) {
      asio::post(executor, [line, text] { line(text); });
    };
  };
  return {.tell = posted(options.tell), .warn = posted(options.warn)};
}

}  // namespace vscard::cards
