#pragma once

#include "cards/card_set.hpp"
#include "cards/faults/reader.hpp"
#include "cards/recording/reader.hpp"
#include "cards/table.hpp"

#include <memory>
#include <span>
#include <vector>

namespace vscard::cards {

/// The open cards of a program, of whatever kinds.
class Cards {
 public:
  Cards() = default;
  Cards(Cards&&) = default;
  Cards& operator=(Cards&&) = default;
  Cards(const Cards&) = delete;
  Cards& operator=(const Cards&) = delete;
  /// Stops the cards. Those that do not stop stay, until the process ends.
  ~Cards();

  /// One for each card, in their order. Valid as long as this object.
  const std::vector<Reader*>& readers() const { return readers_; }
  /// What may go wrong with each, in the same order. It is within what readers() has.
  const std::vector<std::unique_ptr<faults::Reader>>& faults() const { return faults_; }
  /// Call before the end. False: a library does not return, so only _Exit ends the process.
  bool stop();

 private:
  friend Result<Cards> open(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
                            const OpenOptions& options, std::span<const KindEntry> table);

  Result<> surround(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
                    const OpenOptions& options);

  std::vector<std::unique_ptr<CardSet>> sets_;
  // Around the readers of the sets, from the inside out.
  std::vector<std::unique_ptr<faults::Reader>> faults_;
  std::vector<std::unique_ptr<recording::Reader>> recordings_;
  std::vector<Reader*> readers_;
};

/// Opens cards of any kinds; those that share a library in one call. Blocks for as long as that
/// takes. The executor, for which their threads have work, is not run after the cards have gone,
/// nor after a failure, which is a line for the user.
Result<Cards> open(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
                   const OpenOptions& options, std::span<const KindEntry> table = kTable);

}  // namespace vscard::cards
