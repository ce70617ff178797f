#include "cards/libcacard/library.hpp"

#include "cards/libcacard/loaded.hpp"

#include <array>

namespace vscard::cards::libcacard {
namespace {

/// Once it is loaded: all its state is the process's, too.
std::optional<Loaded> library;

struct Drop {
  void operator()(VReaderList* list) const { library->vreader_list_delete(list); }
  void operator()(VEvent* event) const { library->vevent_delete(event); }
};

/// Room for any ATR that libcacard may give, and to see that one is too long.
constexpr std::size_t kAtrBuffer = 64;

/// malloc() keeps 7 freed pieces of a size for each thread, and gives out the last one first.
constexpr std::size_t kFreedPieces = 16;

/// libcacard copies each command and frees the copy as it is, with the PIN in it. What malloc()
/// gives out for as many bytes, on the same thread, is that memory.
void wipe_freed_copy(std::size_t size) {
  if (size > protocol::iso7816::kMaxShortCommand) return;  // no PIN is as long
  std::array<protocol::SecretBytes, kFreedPieces> pieces;
  for (auto& piece : pieces) piece = protocol::SecretBytes::zeros(size);
}

Event::Kind kind_of(VEventType type) {
  switch (type) {
    case VEVENT_CARD_INSERT:
      return Event::Kind::Inserted;
    case VEVENT_CARD_REMOVE:
      return Event::Kind::Removed;
    case VEVENT_LAST:
      return Event::Kind::End;
    case VEVENT_READER_INSERT:
    case VEVENT_READER_REMOVE:
      return Event::Kind::Other;
  }
  return Event::Kind::Other;
}

}  // namespace

Result<> start_library(const std::string& arguments) {
  if (!library) {
    const auto loaded = Loaded::load();
    if (!loaded) return std::unexpected(loaded.error());
    library = *loaded;
  }
  VCardEmulOptions* options = nullptr;
  if (!arguments.empty()) {
    options = library->vcard_emul_options(arguments.c_str());
    if (options == nullptr) {
      return std::unexpected(Failure{"libcacard does not understand: " + arguments});
    }
  }
  if (library->vcard_emul_init(options) == VCARD_EMUL_OK) return {};
  return std::unexpected(Failure{"libcacard found no card with: " + arguments});
}

void end_library() {
  if (!library) return;
  for (const VirtualReader& reader : virtual_readers()) reader.take_away();
  drop_events();
  library->vcard_emul_finalize();
  library->unload();
  library.reset();
}

void VirtualReader::Free::operator()(VReaderStruct* reader) const { library->vreader_free(reader); }

std::string VirtualReader::name() const { return library->vreader_get_name(reader_.get()); }

bool VirtualReader::has_card() const {
  return library->vreader_card_is_present(reader_.get()) == VREADER_OK;
}

std::expected<protocol::iso7816::Atr, CardError> VirtualReader::power_on() const {
  std::array<std::uint8_t, kAtrBuffer> buffer{};
  int size = static_cast<int>(buffer.size());
  if (library->vreader_power_on(reader_.get(), buffer.data(), &size) != VREADER_OK) {
    return std::unexpected(CardError::NoCard);
  }
  const auto atr =
      protocol::iso7816::Atr::parse(protocol::Bytes(buffer).first(static_cast<std::size_t>(size)));
  if (!atr) return std::unexpected(CardError::Failed);
  return *atr;
}

void VirtualReader::take_away() const {
  library->vreader_insert_card(reader_.get(), nullptr);
  library->vreader_remove_reader(reader_.get());
}

void VirtualReader::power_off() const { library->vreader_power_off(reader_.get()); }

std::expected<protocol::SecretBytes, CardError> VirtualReader::transmit(
    protocol::SecretBytes command) {
  const auto room = response_.room();
  int size = static_cast<int>(room.size());
  const VReaderStatus status = library->vreader_xfr_bytes(
      reader_.get(), command.data().data(), static_cast<int>(command.size()), room.data(), &size);
  wipe_freed_copy(command.size());
  if (status == VREADER_OK && size >= static_cast<int>(protocol::iso7816::kStatusWord)) {
    return response_.take(static_cast<std::size_t>(size));
  }
  response_.wipe();
  return std::unexpected(status == VREADER_NO_CARD ? CardError::NoCard : CardError::Failed);
}

std::vector<VirtualReader> virtual_readers() {
  std::vector<VirtualReader> readers;
  const std::unique_ptr<VReaderList, Drop> list(library->vreader_get_reader_list());
  for (VReaderListEntry* entry = library->vreader_list_get_first(list.get()); entry != nullptr;
       entry = library->vreader_list_get_next(entry)) {
    readers.emplace_back(library->vreader_list_get_reader(entry));  // with a reference of its own
  }
  return readers;
}

void drop_events() {
  while (const std::unique_ptr<VEvent, Drop> event{library->vevent_get_next_vevent()}) {
  }
}

Event wait_for_event() {
  const std::unique_ptr<VEvent, Drop> event(library->vevent_wait_next_vevent());
  if (!event) return {.kind = Event::Kind::End, .reader = nullptr};
  return {.kind = kind_of(event->type), .reader = event->reader};
}

void end_events() {
  library->vevent_queue_vevent(library->vevent_new(VEVENT_LAST, nullptr, nullptr));
}

}  // namespace vscard::cards::libcacard
