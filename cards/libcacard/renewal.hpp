#pragma once

#include "cards/card_set.hpp"
#include "cards/libcacard/start.hpp"
#include "program/file_stamps.hpp"

#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace vscard::cards::libcacard {

/// Follows what the cards of libcacard are made of: databases, and the user's files with keys.
/// libcacard makes all its cards at once, so when a database has changed, all are made anew.
class Renewal {
 public:
  /// Before the cards are made. The lines of `options` may be called from any thread.
  Renewal(std::span<const CardSpec> specs, OpenOptions options);

  /// Nothing: the card at this place is what its files are now, or stays as it was, as a line says.
  std::optional<Start> operator()(std::size_t card);
  /// A line for the user: there is no card for now.
  void report_failure(const Failure& failure) const;

 private:
  using Stamps = std::vector<program::FileStamps>;       ///< of each card
  using FileIds = std::vector<std::pair<dev_t, ino_t>>;  ///< of the databases

  Stamps look() const;
  FileIds file_ids() const;
  std::string obstacle() const;  ///< what libcacard cannot start anew for; or empty

  std::vector<CardSpec> specs_;
  OpenOptions options_;
  Stamps made_of_;
  FileIds open_;  ///< what NSS has open, for good
};

}  // namespace vscard::cards::libcacard
