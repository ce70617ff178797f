#include "cards/libcacard/libcacard.hpp"

#include "async/worker.hpp"
#include "cards/libcacard/emulation.hpp"
#include "cards/libcacard/nss.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <fnmatch.h>
#include <libcacard.h>
#include <optional>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

using protocol::SecretBytes;
using protocol::iso7816::Atr;

struct Free {
  void operator()(VReader* reader) const { vreader_free(reader); }
  void operator()(VReaderList* list) const { vreader_list_delete(list); }
  void operator()(VEvent* event) const { vevent_delete(event); }
};
using VReaderHandle = std::unique_ptr<VReader, Free>;

/// Room for any ATR that libcacard may give, and to see that one is too long.
constexpr std::size_t kAtrBuffer = 64;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

/// One of libcacard's readers. Every call of libcacard happens on its worker.
class LibcacardReader final : public Reader {
 public:
  LibcacardReader(asio::any_io_executor executor, VReaderHandle reader, std::string name)
      : executor_(std::move(executor)), reader_(std::move(reader)), name_(std::move(name)) {}

  ReaderInfo info() const override { return {.name = name_}; }

  void watch(std::function<void(const CardEvent&)> on_event) override {
    on_event_ = std::move(on_event);
    card_inserted();
  }

  Awaitable<std::expected<SecretBytes, CardError>> transmit(SecretBytes command) override {
    std::move_only_function<Response()> work = [this, command = std::move(command)]() mutable {
      return exchange(std::move(command));
    };
    auto answer = async::on_worker<Response>(worker_, std::move(work));
    co_return co_await std::move(answer);
  }

  Awaitable<std::expected<Atr, CardError>> reset() override {
    std::move_only_function<PowerOn()> work = [this] {
      vreader_power_off(reader_.get());
      return power_on();
    };
    auto atr = async::on_worker<PowerOn>(worker_, std::move(work));
    co_return co_await std::move(atr);
  }

  bool is(const VReader* reader) const { return reader == reader_.get(); }
  void card_inserted() { asio::co_spawn(executor_, announce(), rethrow); }
  void card_removed() {
    if (on_event_) on_event_(CardRemoved{});
  }

 private:
  using Response = std::expected<SecretBytes, CardError>;
  using PowerOn = std::expected<Atr, CardError>;

  /// Tells of the card that is in, if there is one.
  Awaitable<void> announce() {
    std::move_only_function<PowerOn()> work = [this] { return power_on(); };
    auto power = async::on_worker<PowerOn>(worker_, std::move(work));
    const PowerOn atr = co_await std::move(power);
    if (atr && on_event_) on_event_(CardInserted{*atr});
  }

  PowerOn power_on() {
    std::array<std::uint8_t, kAtrBuffer> buffer{};
    int size = static_cast<int>(buffer.size());
    if (vreader_power_on(reader_.get(), buffer.data(), &size) != VREADER_OK) {
      return std::unexpected(CardError::NoCard);
    }
    const auto atr = Atr::parse(protocol::Bytes(buffer).first(static_cast<std::size_t>(size)));
    if (!atr) return std::unexpected(CardError::Failed);
    return *atr;
  }

  Response exchange(SecretBytes command) {
    auto response = SecretBytes::zeros(protocol::iso7816::kMaxResponseApdu);
    int size = static_cast<int>(response.size());
    const VReaderStatus status =
        vreader_xfr_bytes(reader_.get(), command.data().data(), static_cast<int>(command.size()),
                          response.data().data(), &size);
    if (status == VREADER_NO_CARD) return std::unexpected(CardError::NoCard);
    if (status != VREADER_OK || size < static_cast<int>(protocol::iso7816::kStatusWord)) {
      return std::unexpected(CardError::Failed);
    }
    return SecretBytes::copy_of(response.view().first(static_cast<std::size_t>(size)));
  }

  asio::any_io_executor executor_;
  VReaderHandle reader_;
  std::string name_;
  std::function<void(const CardEvent&)> on_event_;
  async::Worker worker_;  ///< last: its jobs use the others
};

namespace {

/// Opens what the emulation string takes for granted.
Result<> prepare(const Emulation& emulation) {
  if (emulation.database.empty()) {
    const auto database = database_in(emulation.arguments);
    return database ? nss::check_database(*database) : Result<>{};
  }
  auto opened = nss::open(emulation.database);
  for (const auto& token : emulation.tokens) {
    if (opened) opened = nss::open_token(token.database, token.name);
  }
  return opened;
}

/// What libcacard would skip without a word.
Result<> check_certificates(const Emulation& emulation,
                            const std::function<void(std::string)>& warn) {
  if (!nss::is_open()) return {};
  for (const auto& card : emulation.nicknames) {
    for (const std::string& nickname : card) {
      const auto found = nss::check_certificate(nickname);
      if (!found) return found;
    }
    if (!card.empty() && nss::accepts_any_pin(card.front())) {
      warn("the card of certificate '" + card.front() +
           "' accepts any PIN: its NSS database has no password (set one with certutil -W)");
    }
  }
  return {};
}

Result<> start_libcacard(const Emulation& emulation) {
  VCardEmulOptions* options = nullptr;
  if (!emulation.arguments.empty()) {
    options = vcard_emul_options(emulation.arguments.c_str());
    if (options == nullptr) {
      return std::unexpected("libcacard does not understand: " + emulation.arguments);
    }
  }
  const bool started = vcard_emul_init(options) == VCARD_EMUL_OK;
  return started ? Result<>{}
                 : std::unexpected("libcacard finds no card with: " + emulation.arguments);
}

std::vector<VReaderHandle> list_readers() {
  std::vector<VReaderHandle> readers;
  const std::unique_ptr<VReaderList, Free> list(vreader_get_reader_list());
  for (VReaderListEntry* entry = vreader_list_get_first(list.get()); entry != nullptr;
       entry = vreader_list_get_next(entry)) {
    readers.emplace_back(vreader_list_get_reader(entry));  // with a reference of its own
  }
  return readers;
}

/// Takes the reader that the card means out of `readers`: soft ones stand first, in their order.
std::optional<VReaderHandle> take_reader(std::vector<VReaderHandle>& readers,
                                         const CardSpec& card) {
  const auto* token = std::get_if<TokenCard>(&card.kind);
  for (auto reader = readers.begin(); reader != readers.end(); ++reader) {
    if (token != nullptr && vreader_card_is_present(reader->get()) != VREADER_OK) continue;
    if (token != nullptr && token->slot &&
        ::fnmatch(token->slot->c_str(), vreader_get_name(reader->get()), 0) != 0) {
      continue;
    }
    VReaderHandle taken = std::move(*reader);
    readers.erase(reader);
    return taken;
  }
  return std::nullopt;
}

std::string no_reader_for(const CardSpec& card) {
  const auto* token = std::get_if<TokenCard>(&card.kind);
  if (token == nullptr) return "libcacard shows no reader";
  if (token->slot) return "no slot with a token is named '" + *token->slot + "'";
  return "no PKCS#11 token to use as a card: " + nss::explain_no_tokens(token->database);
}

/// Cards that any token will do for.
bool takes_any(const CardSpec& card) {
  const auto* token = std::get_if<TokenCard>(&card.kind);
  return token != nullptr && !token->slot;
}

/// One of libcacard's readers for each card. Those for which any will do come last.
Result<std::vector<VReaderHandle>> assign_readers(const std::vector<CardSpec>& cards,
                                                  const std::function<void(std::string)>& warn) {
  auto readers = list_readers();
  std::vector<VReaderHandle> assigned(cards.size());
  for (const bool any : {false, true}) {
    for (std::size_t i = 0; i < cards.size(); ++i) {
      if (takes_any(cards[i]) != any) continue;
      auto reader = take_reader(readers, cards[i]);
      if (!reader) return std::unexpected(no_reader_for(cards[i]));
      assigned[i] = std::move(*reader);
    }
  }
  for (const auto& left : readers) {
    warn(std::string("reader '") + vreader_get_name(left.get()) +
         "' is not used: no --card asks for it");
  }
  return assigned;
}

Result<> start(const std::vector<CardSpec>& cards, const std::function<void(std::string)>& warn) {
  const auto emulation = emulation_of(cards);
  if (!emulation) return std::unexpected(emulation.error());
  const auto prepared = prepare(*emulation);
  if (!prepared) return prepared;
  const auto started = start_libcacard(*emulation);
  // A certificate that is not there explains more than libcacard's failure does.
  const auto checked = check_certificates(*emulation, warn);
  return checked ? started : checked;
}

}  // namespace

Result<std::unique_ptr<Libcacard>> Libcacard::open(const asio::any_io_executor& executor,
                                                   const std::vector<CardSpec>& cards,
                                                   const std::function<void(std::string)>& warn) {
  const auto started = start(cards, warn);
  if (!started) return std::unexpected(started.error());
  auto assigned = assign_readers(cards, warn);
  if (!assigned) return std::unexpected(assigned.error());
  // The events until here are about cards that watch() tells of.
  while (const std::unique_ptr<VEvent, Free> event{vevent_get_next_vevent()}) {
  }

  std::unique_ptr<Libcacard> made(new Libcacard(executor));
  for (std::size_t i = 0; i < cards.size(); ++i) {
    VReaderHandle& reader = (*assigned)[i];
    std::string name = cards[i].name.empty() ? vreader_get_name(reader.get()) : cards[i].name;
    made->owned_.push_back(
        std::make_unique<LibcacardReader>(executor, std::move(reader), std::move(name)));
    made->readers_.push_back(made->owned_.back().get());
  }
  made->events_ = std::thread([hub = made.get()] { hub->forward_events(); });
  return made;
}

Libcacard::Libcacard(asio::any_io_executor executor) : executor_(std::move(executor)) {}

Libcacard::~Libcacard() {
  if (!events_.joinable()) return;
  vevent_queue_vevent(vevent_new(VEVENT_LAST, nullptr, nullptr));
  events_.join();
}

void Libcacard::forward_events() {
  while (const std::unique_ptr<VEvent, Free> event{vevent_wait_next_vevent()}) {
    if (event->type == VEVENT_LAST) return;
    const bool inserted = event->type == VEVENT_CARD_INSERT;
    if (!inserted && event->type != VEVENT_CARD_REMOVE) continue;
    for (const auto& reader : owned_) {
      if (!reader->is(event->reader)) continue;
      asio::post(executor_, [inserted, it = reader.get()] {
        inserted ? it->card_inserted() : it->card_removed();
      });
    }
  }
}

}  // namespace vscard::cards::libcacard
