#include "cards/recording/write.hpp"

#include "program/json.hpp"
#include "protocol/hex.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>

namespace vscard::cards::recording {
namespace {

using program::Json;
using protocol::append_hex;

// Nothing that is written between quotation marks here needs an escape, but for names of cards and
// readers. So lines are made without a Json for each member, which would take twice the time.

void append_bytes(std::string& line, std::string_view member,
                  const protocol::iso7816::BlankedApdu& apdu) {
  line.append(",\"").append(member).append("\":\"");
  append_hex(line, apdu.bytes);
  line += '"';
}

void append_blank(std::string& line, const protocol::iso7816::BlankedApdu& apdu) {
  if (apdu.blank_size == 0) return;
  fmt::format_to(std::back_inserter(line), R"(,"blank":{{"from":{},"bytes":{}}})", apdu.blank_begin,
                 apdu.blank_size);
}

void append(std::string& line, const Header& header) {
  line += ",\"reader\":" + Json(header.reader).text();
  line += header.with_secrets ? R"(,"secrets":"written")" : R"(,"secrets":"blank")";
}

void append(std::string& line, const Command& command) {
  append_bytes(line, "command", command.apdu);
  append_blank(line, command.apdu);
}

/// What a command does, in words that need no escape.
void append(std::string& line, const protocol::iso7816::names::Meaning& meaning) {
  line.append(R"(,"name":")").append(meaning.command).append("\"");
  if (!meaning.object.empty()) line.append(R"(,"object":")").append(meaning.object).append("\"");
}

void append(std::string& line, const Response& response) {
  append_bytes(line, "response", response.apdu);
  append_blank(line, response.apdu);
}

void append(std::string& line, const NoResponse& none) {
  line += R"(,"response":null,"why":")";
  line += none.why == CardError::NoCard ? "no card\"" : "failed\"";
}

void append(std::string& line, const Event& event) {
  line.append(R"(,"event":")").append(name_of(event.what)).append("\"");
  if (!event.atr) return;
  line += R"(,"atr":")";
  append_hex(line, event.atr->bytes());
  line += '"';
}

}  // namespace

LineWriter::LineWriter(std::string_view card) : about_(",\"card\":" + Json(card).text()) {}

void LineWriter::write(const Message& message, Timestamp now) {
  lines_ += '{';
  if (std::holds_alternative<Header>(message)) {
    fmt::format_to(std::back_inserter(lines_), R"("format":"{}","version":{},)", kFormat, kVersion);
  }
  constexpr std::int64_t kSecond = 1'000'000;
  fmt::format_to(std::back_inserter(lines_), FMT_COMPILE("\"time\":{}.{:06}"),
                 now.count() / kSecond, now.count() % kSecond);
  lines_ += about_;
  std::visit([this](const auto& what) { append(lines_, what); }, message);
  if (const auto* command = std::get_if<Command>(&message)) {
    append(lines_, interpreter_.command(command->apdu.bytes));
  } else if (const auto* response = std::get_if<Response>(&message)) {
    interpreter_.response(response->apdu.bytes);
  }
  lines_ += "}\n";
}

std::string_view name_of(Event::What what) {
  switch (what) {
    case Event::What::Inserted:
      return "inserted";
    case Event::What::Removed:
      return "removed";
    case Event::What::Reset:
      return "reset";
    case Event::What::OtherReset:
      return "other-reset";
  }
  return "";
}

}  // namespace vscard::cards::recording
