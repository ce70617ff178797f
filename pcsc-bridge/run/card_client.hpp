#pragma once

#include "async/awaitable.hpp"
#include "program/watchers.hpp"
#include "program/words.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <string>
#include <utility>

namespace vscard::pcsc_bridge::run {

/// What has a card of `run`: a vscclient, or this process. It knows the commands of vscclient.
/// The card goes with its reader.
class CardClient {
 public:
  CardClient(std::string card, std::string reader)
      : card_(std::move(card)), reader_(std::move(reader)) {}
  CardClient(const CardClient&) = delete;
  CardClient& operator=(const CardClient&) = delete;
  virtual ~CardClient() = default;

  /// The card's name.
  const std::string& card() const { return card_; }
  /// Its reader's, without what programs see behind it.
  const std::string& reader() const { return reader_; }
  /// Its reader is gone, so no command finds the card.
  bool gone() const { return gone_; }
  virtual void lose_reader() { gone_ = true; }

  /// What it answers to a command, within that time. The error is a line for the user.
  virtual Awaitable<Result<std::string>> ask(program::Words words,
                                             protocol::Duration patience) const = 0;
  /// Passes on what `words`, a watch, show of the card and the watchers of CardControl do not know.
  virtual Awaitable<void> relay(program::Words words, program::Lines lines) const = 0;

 private:
  std::string card_;
  std::string reader_;
  bool gone_ = false;
};

}  // namespace vscard::pcsc_bridge::run
