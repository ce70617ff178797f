#pragma once

#include "cards/card_spec.hpp"
#include "cards/reader.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace vscard::cards::libcacard {

class LibcacardReader;

/// libcacard, which knows all its readers from its one start, once a process. Its events come from
/// a thread of its own, its answers from a thread for each reader.
class Libcacard {
 public:
  /// A reader for each card, in their order. No DefaultSoftCard is left in `cards`. Blocks for as
  /// long as the tokens take. The error is a line for the user.
  static Result<std::unique_ptr<Libcacard>> open(const asio::any_io_executor& executor,
                                                 const std::vector<CardSpec>& cards,
                                                 const std::function<void(std::string)>& warn);
  Libcacard(const Libcacard&) = delete;
  Libcacard& operator=(const Libcacard&) = delete;
  ~Libcacard();

  /// Valid as long as this object.
  const std::vector<Reader*>& readers() const { return readers_; }

 private:
  explicit Libcacard(asio::any_io_executor executor);
  void forward_events();

  asio::any_io_executor executor_;
  std::vector<std::unique_ptr<LibcacardReader>> owned_;
  std::vector<Reader*> readers_;
  std::thread events_;
};

}  // namespace vscard::cards::libcacard
