#pragma once

#include "async/event.hpp"
#include "cards/reader.hpp"
#include "cards/vpcd/options.hpp"
#include "protocol/notice.hpp"
#include "protocol/vpcd/reader.hpp"
#include "session/link.hpp"
#include "session/stream_loop.hpp"

#include <optional>
#include <string>

namespace vscard::cards::vpcd {

/// A reader whose card is the virtual card that is connected; of several, the others wait for its
/// end.
class Reader final : public cards::Reader, private session::StreamMachine {
 public:
  /// `notify` gets lines for the user.
  Reader(const asio::any_io_executor& executor, const session::LinkOptions& options,
         const chardev::Transport& transport, protocol::Duration apdu_timeout, Notify notify);

  /// Listens, if that is what the endpoint says, and begins to serve cards. The error is a line for
  /// the user.
  Result<> open();
  /// Switches the card off; no further one is served.
  void stop();

  ReaderInfo info() const override;
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

 private:
  using Machine = protocol::vpcd::VpcdReader;
  using Card = std::uint64_t;

  Awaitable<void> run();
  Awaitable<session::Ending> serve(chardev::Stream& stream);
  std::optional<std::error_code> receive(protocol::Bytes bytes) override;
  bool in_message() const override { return decoder_.in_message(); }
  std::optional<protocol::Time> deadline() const override { return machine_.deadline(); }
  void expire() override { perform(machine_.expire(protocol::Clock::now())); }
  void perform(Machine::Actions actions);
  void powered(const protocol::iso7816::Atr& atr);
  void show(const CardEvent& event);
  Awaitable<bool> turn(Card card);
  Awaitable<void> answered(Card card);

  asio::any_io_executor executor_;
  Notify notify_;
  Machine machine_;
  protocol::vpcd::Decoder decoder_;            ///< of the connection that there is
  session::StreamLoop* stream_ = nullptr;      ///< during serve()
  std::optional<protocol::iso7816::Atr> atr_;  ///< of the card that is in
  std::optional<protocol::SecretBytes> response_;
  Card card_ = 0;  ///< counts the cards that were in
  async::Event changed_;
  std::function<void(const CardEvent&)> on_event_;
  session::Link link_;
};

}  // namespace vscard::cards::vpcd
