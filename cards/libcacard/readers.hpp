#pragma once

#include "cards/card_set.hpp"
#include "cards/libcacard/reader.hpp"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace vscard::cards::libcacard {

/// A card's reader before it is at work.
struct NamedReader {
  VirtualReader reader;
  Token token;
  std::string name;
  std::function<void()> put_back = [] {};  ///< see Reader
};

/// The readers of libcacard's one start. Its events come from a thread of their own, its answers
/// from a thread for each reader.
class Readers final : public CardSet {
 public:
  /// The library has started.
  Readers(const asio::any_io_executor& executor, std::vector<NamedReader> readers);
  ~Readers() override;

  const std::vector<cards::Reader*>& readers() const override { return readers_; }
  bool stop() override;

 private:
  void forward_events();

  asio::any_io_executor executor_;
  std::vector<std::unique_ptr<Reader>> owned_;
  std::vector<cards::Reader*> readers_;
  std::thread events_;
};

}  // namespace vscard::cards::libcacard
