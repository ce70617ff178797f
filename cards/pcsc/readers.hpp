#pragma once

#include "cards/card_set.hpp"
#include "cards/pcsc/choice.hpp"
#include "cards/pcsc/reader.hpp"
#include "cards/pcsc/watcher.hpp"
#include "protocol/failure.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vscard::cards::pcsc {

/// The cards of --card pcsc: gives each its reader, as soon as there is one, and follows it through
/// what happens to card, reader and pcscd.
class Readers final : public CardSet {
 public:
  /// A reader for each card; there need be none of PC/SC's yet.
  Readers(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
          const OpenOptions& options);

  const std::vector<cards::Reader*>& readers() const override { return readers_; }
  bool stop() override;

 private:
  void update(const Answer<ReaderStates>& states);
  void choose(const ReaderStates& states);

  asio::any_io_executor executor_;
  std::function<void(const std::string&)> tell_;
  std::function<void(const std::string&)> warn_;
  std::vector<std::string> names_;  ///< of the cards
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Reader>> owned_;  ///< one for each place
  std::vector<cards::Reader*> readers_;
  bool lost_ = false;          ///< the user knows that pcscd is not there
  bool told_waiting_ = false;  ///< … that there is not a reader for every card
  Watcher watcher_;            ///< last: it reports to this object
};

}  // namespace vscard::cards::pcsc
