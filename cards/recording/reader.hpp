#pragma once

#include "cards/reader.hpp"
#include "cards/recording/file.hpp"
#include "cards/recording/options.hpp"
#include "cards/recording/write.hpp"
#include "protocol/iso7816/blanking.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vscard::cards::recording {

/// Writes down what passes between a card and its host: a reader around another one. A file that
/// takes no more ends the recording, and never stops the card.
class Reader final : public cards::Reader {
 public:
  using Tell = std::function<void(const std::string&)>;

  /// `inner` outlives the reader. `card` is its name, for the user; `warn` gets one line when the
  /// recording ends early.
  static Result<std::unique_ptr<Reader>> open(const asio::any_io_executor& executor,
                                              const Options& options, const std::string& card,
                                              cards::Reader& inner, Tell warn);
  ~Reader() override { write_lines(); }

  ReaderInfo info() const override;
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  void stop_command() override { inner_.stop_command(); }
  bool alive() const override { return inner_.alive(); }
  Awaitable<void> renew() override { return inner_.renew(); }
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

 private:
  Reader(asio::any_io_executor executor, File file, Options options, const std::string& card,
         cards::Reader& inner, Tell warn);

  void add(const Message& message);
  void write(const Message& message);
  void write_lines();
  void write_command(protocol::Bytes command);
  void write_response(const std::expected<protocol::SecretBytes, CardError>& response);
  void write_event(const CardEvent& event);
  bool with_secrets() const { return options_.secrets != Options::Secrets::Blank; }

  asio::any_io_executor executor_;
  std::optional<File> file_;  ///< until it takes no more
  Options options_;
  LineWriter writer_;
  protocol::iso7816::Blanking blanking_;
  cards::Reader& inner_;
  Tell warn_;
};

}  // namespace vscard::cards::recording
