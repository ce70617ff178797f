#include "cards/libcacard/changed_files.hpp"

#include "program/file_stamps.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::cards::libcacard {

std::function<void()> tell_of_changes(const std::string& card,
                                      const std::vector<std::filesystem::path>& files,
                                      boost::asio::any_io_executor executor,
                                      std::function<void(const std::string&)> warn) {
  const std::string line = card +
                           ": its files have changed, but it is the card of the start; start the "
                           "program again to show what is there now";
  return [files, then = program::FileStamps(files), line, executor = std::move(executor),
          warn = std::move(warn)] {
    if (program::FileStamps(files) == then) return;
    boost::asio::post(executor, [warn, line] { warn(line); });
  };
}

}  // namespace vscard::cards::libcacard
