#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

/// libcacard makes its cards once a process: what this gives says, each time it is called, if the
/// files that a card was made of are others now. It may be called on any thread, and blocks as long
/// as the disk does; `warn` gets the line on the executor's thread.
std::function<void()> tell_of_changes(const std::string& card,
                                      const std::vector<std::filesystem::path>& files,
                                      boost::asio::any_io_executor executor,
                                      std::function<void(const std::string&)> warn);

}  // namespace vscard::cards::libcacard
