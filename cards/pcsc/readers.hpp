#pragma once

#include "cards/pcsc/choice.hpp"
#include "cards/pcsc/reader.hpp"
#include "cards/pcsc/watcher.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vscard::cards::pcsc {

/// The cards of --card pcsc: gives each its reader, as soon as there is one, and follows it through
/// what happens to card, reader and pcscd.
class PcscReaders {
 public:
  using Say = std::function<void(const std::string&)>;

  /// A reader for each card, in their order; there need be none of PC/SC's yet. The error, and what
  /// `tell` and `warn` get, is a line for the user.
  static vscard::Result<std::unique_ptr<PcscReaders>> open(const asio::any_io_executor& executor,
                                                           const std::vector<CardSpec>& cards,
                                                           Say tell, Say warn);
  PcscReaders(const PcscReaders&) = delete;
  PcscReaders& operator=(const PcscReaders&) = delete;

  /// Valid as long as this object.
  const std::vector<Reader*>& readers() const { return readers_; }
  /// Call before the end. False: pcscd does not answer, and this object can only be left to the end
  /// of the process.
  bool stop();

 private:
  PcscReaders(const asio::any_io_executor& executor, const std::vector<CardSpec>& cards, Say tell,
              Say warn);
  void update(const pcsc::Result<pcsc::ReaderStates>& states);
  void choose(const pcsc::ReaderStates& states);

  asio::any_io_executor executor_;
  Say tell_;
  Say warn_;
  std::vector<std::string> names_;  ///< of the cards
  std::vector<PcscPlace> places_;
  std::vector<std::unique_ptr<PcscReader>> owned_;  ///< one for each place
  std::vector<Reader*> readers_;
  bool lost_ = false;          ///< the user knows that pcscd is not there
  bool told_waiting_ = false;  ///< … that there is not a reader for every card
  PcscWatcher watcher_;        ///< last: it reports to this object
};

}  // namespace vscard::cards::pcsc
