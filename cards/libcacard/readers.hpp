#pragma once

#include "cards/card_set.hpp"
#include "cards/libcacard/reader.hpp"
#include "cards/libcacard/renewal.hpp"
#include "cards/libcacard/start.hpp"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace vscard::cards::libcacard {

/// The readers of libcacard. Its events come from a thread of their own, its answers from a thread
/// for each reader. When what a card is made of has changed, libcacard starts anew, and with it all
/// readers: the others lose their cards for that moment.
class Readers final : public CardSet {
 public:
  /// The library has started.
  Readers(const asio::any_io_executor& executor, std::vector<NamedReader> readers, Renewal renewal);
  ~Readers() override;

  const std::vector<cards::Reader*>& readers() const override { return readers_; }
  bool stop() override;

 private:
  bool make_anew(std::size_t card);
  bool start_anew(Start start);
  void watch_events();
  void end_watching();
  void forward_events();

  asio::any_io_executor executor_;
  std::mutex changing_;       ///< who starts anew or stops; before in_use_
  bool stopped_ = false;      ///< with changing_
  std::shared_mutex in_use_;  ///< shared: libcacard is used; alone: it starts anew
  Renewal renewal_;           ///< with changing_
  std::vector<std::unique_ptr<Reader>> owned_;
  std::vector<cards::Reader*> readers_;
  std::thread events_;  ///< with changing_
};

}  // namespace vscard::cards::libcacard
