#include "cards/recording/reader.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <unistd.h>
#include <utility>

namespace vscard::cards::recording {
namespace {

using protocol::SecretBytes;
using protocol::iso7816::Atr;
using protocol::iso7816::BlankedApdu;

Timestamp now() {
  return std::chrono::duration_cast<Timestamp>(std::chrono::system_clock::now().time_since_epoch());
}

BlankedApdu shown(protocol::Bytes apdu) { return {.bytes = {apdu.begin(), apdu.end()}}; }

Result<> check_secrets(Options::Secrets secrets) {
  if (secrets != Options::Secrets::Written || ::isatty(STDERR_FILENO) != 0) return {};
  return std::unexpected(
      "record-secrets=yes writes PINs and keys into the file, and there is no terminal where "
      "somebody sees it; if that is meant, say record-secrets=yes-really");
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::open(const asio::any_io_executor& executor,
                                             const Options& options, const std::string& card,
                                             cards::Reader& inner, Tell warn) {
  if (auto allowed = check_secrets(options.secrets); !allowed) {
    return std::unexpected(allowed.error());
  }
  auto file = File::open(options.path);
  if (!file) return std::unexpected(file.error());
  std::unique_ptr<Reader> reader(
      new Reader(executor, std::move(*file), options, card, inner, warn));
  if (reader->with_secrets()) warn("PINs and keys are written to " + options.path);
  reader->write(Header{.reader = inner.info().name, .with_secrets = reader->with_secrets()});
  return reader;
}

Reader::Reader(asio::any_io_executor executor, File file, Options options, const std::string& card,
               cards::Reader& inner, Tell warn)
    : executor_(std::move(executor)),
      file_(std::move(file)),
      options_(std::move(options)),
      writer_(card),
      inner_(inner),
      warn_(std::move(warn)) {}

ReaderInfo Reader::info() const {
  ReaderInfo info = inner_.info();
  info.verbatim = true;
  return info;
}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  inner_.watch([this, on_event = std::move(on_event)](const CardEvent& event) {
    write_event(event);
    on_event(event);
  });
}

Awaitable<std::expected<SecretBytes, CardError>> Reader::transmit(SecretBytes command) {
  write_command(command.view());
  auto response = co_await inner_.transmit(std::move(command));
  write_response(response);
  co_return std::move(response);
}

Awaitable<std::expected<Atr, CardError>> Reader::reset(PowerAction action) {
  const auto atr = co_await inner_.reset(action);
  blanking_.forget();
  write(Event{.what = Event::What::Reset, .atr = atr ? std::optional(*atr) : std::nullopt});
  co_return atr;
}

void Reader::add(const Message& message) {
  if (file_) writer_.write(message, now());
}

void Reader::write(const Message& message) {
  add(message);
  write_lines();
}

void Reader::write_lines() {
  if (!file_ || writer_.lines().empty()) return;
  const auto written = file_->append(writer_.lines());
  writer_.clear();
  if (written) return;
  file_.reset();
  warn_("the recording ends here: " + options_.path + ": " + written.error().text);
}

/// With the response, if that is there at once: to write is half of what a recording costs.
void Reader::write_command(protocol::Bytes command) {
  if (!file_) return;
  add(Command{with_secrets() ? shown(command) : blanking_.command(command)});
  asio::post(executor_, [this] { write_lines(); });
}

void Reader::write_response(const std::expected<SecretBytes, CardError>& response) {
  if (!file_) return;
  if (!response) {
    write(NoResponse{response.error()});
  } else {
    const protocol::Bytes bytes = response->view();
    write(Response{with_secrets() ? shown(bytes) : blanking_.response(bytes)});
  }
}

void Reader::write_event(const CardEvent& event) {
  using What = Event::What;
  blanking_.forget();
  if (const auto* inserted = std::get_if<CardInserted>(&event)) {
    write(Event{.what = What::Inserted, .atr = inserted->atr});
  } else if (const auto* reset = std::get_if<CardReset>(&event)) {
    write(Event{.what = What::OtherReset, .atr = reset->atr});
  } else {
    write(Event{.what = What::Removed, .atr = std::nullopt});
  }
}

}  // namespace vscard::cards::recording
