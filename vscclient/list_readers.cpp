#include "vscclient/list_readers.hpp"

#include "cards/pcsc/choice.hpp"
#include "cards/pcsc/library.hpp"
#include "program/events.hpp"
#include "program/log.hpp"
#include "program/process.hpp"

#include <fmt/core.h>

namespace vscard::vscclient {
namespace {

using cards::pcsc::ReaderState;
using cards::pcsc::ReaderStates;
using program::Json;

std::string card_of(const ReaderState& reader) {
  if (reader.atr) return "card " + program::hex(*reader.atr);
  return reader.mute ? "card that does not answer" : "empty";
}

std::string text_of(const ReaderStates& readers) {
  std::string text;
  for (const ReaderState& reader : readers) {
    text += fmt::format("{}  {}", reader.name, card_of(reader));
    if (reader.use == ReaderState::Use::Shared) text += "  in use";
    if (reader.use == ReaderState::Use::Exclusive) text += "  in exclusive use";
    if (cards::pcsc::is_own_reader(reader.name)) text += "  vscard's own";
    text += '\n';
  }
  return text;
}

std::string json_of(const ReaderStates& readers) {
  std::vector<Json> rows;
  for (const ReaderState& reader : readers) {
    rows.push_back(
        Json::object({{"atr", reader.atr ? Json(program::hex(*reader.atr)) : Json(nullptr)},
                      {"exclusive", reader.use == ReaderState::Use::Exclusive},
                      {"in_use", reader.use != ReaderState::Use::Free},
                      {"mute", reader.mute},
                      {"name", reader.name},
                      {"own", cards::pcsc::is_own_reader(reader.name)}}));
  }
  return Json::array(rows).text() + '\n';
}

}  // namespace

int list_readers_main(const std::vector<std::string>& arguments) {
  const bool json = arguments == std::vector<std::string>{"--json"};
  if (!arguments.empty() && !json) {
    log::error("usage: vscclient list-readers [--json]");
    return program::kWrongCommandLine;
  }
  const auto readers = cards::pcsc::list_readers();
  if (!readers) return program::fail(readers.error());
  if (readers->empty()) log::info("PC/SC has no reader");
  fmt::print("{}", json ? json_of(*readers) : text_of(*readers));
  return 0;
}

}  // namespace vscard::vscclient
