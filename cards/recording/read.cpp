#include "cards/recording/read.hpp"

#include "chardev/access.hpp"
#include "protocol/hex.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>

namespace vscard::cards::recording {
namespace {

using nlohmann::json;
using protocol::iso7816::BlankedApdu;

/// With what a program goes on with the file of one before, which may have been killed.
constexpr std::string_view kNextStart = R"({"format":)";

/// Seconds that a timestamp can hold, by far.
constexpr double kLatest = 1e11;

std::unexpected<Failure> wrong(std::string what) {
  return std::unexpected(Failure(std::move(what)));
}

/// The member, if it is a text.
const std::string* text_in(const json& line, const char* member) {
  const auto found = line.find(member);
  return found == line.end() ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::size_t> count_in(const json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::size_t>();
}

/// "blank":{"from":4,"bytes":9}, within the APDU.
Result<> read_blank(const json& line, BlankedApdu& apdu) {
  const auto blank = line.find("blank");
  if (blank == line.end()) return {};
  const auto begin = blank->is_object() ? count_in(*blank, "from") : std::nullopt;
  const auto size = blank->is_object() ? count_in(*blank, "bytes") : std::nullopt;
  if (!begin || !size || *begin > apdu.bytes.size() || *size > apdu.bytes.size() - *begin) {
    return wrong("what is blank is not a part of the bytes");
  }
  apdu.blank_begin = *size == 0 ? 0 : *begin;
  apdu.blank_size = *size;
  return {};
}

Result<BlankedApdu> apdu_in(const json& line, const char* member, std::size_t most) {
  const std::string* const text = text_in(line, member);
  auto bytes = text == nullptr ? std::nullopt : protocol::parse_hex(*text);
  if (!bytes) return wrong(std::string("the ") + member + " is not hexadecimal");
  if (bytes->size() > most) return wrong(std::string("the ") + member + " is too long");
  BlankedApdu apdu{.bytes = std::move(*bytes)};
  if (auto read = read_blank(line, apdu); !read) return std::unexpected(read.error());
  return apdu;
}

Result<Message> command_in(const json& line) {
  auto apdu = apdu_in(line, "command", protocol::iso7816::kMaxCommandApdu);
  if (!apdu) return std::unexpected(apdu.error());
  return Command{std::move(*apdu)};
}

Result<Message> response_in(const json& line) {
  if (line["response"].is_null()) {
    const std::string* const why = text_in(line, "why");
    const bool no_card = why != nullptr && *why == "no card";
    return NoResponse{no_card ? CardError::NoCard : CardError::Failed};
  }
  auto apdu = apdu_in(line, "response", protocol::iso7816::kMaxResponseApdu);
  if (!apdu) return std::unexpected(apdu.error());
  if (apdu->bytes.size() < protocol::iso7816::kStatusWord) {
    return wrong("the response has no status word");
  }
  return Response{std::move(*apdu)};
}

Result<Message> event_in(const json& line) {
  using What = Event::What;
  const std::string* const name = text_in(line, "event");
  for (const What what : {What::Inserted, What::Removed, What::Reset, What::OtherReset}) {
    if (name == nullptr || *name != name_of(what)) continue;
    Event event{.what = what, .atr = std::nullopt};
    if (what == What::Removed || !line.contains("atr")) {
      if (what == What::Removed || what == What::Reset) return event;
      return wrong("the event has no atr");
    }
    const auto apdu = apdu_in(line, "atr", protocol::iso7816::kMaxAtr);
    if (!apdu) return std::unexpected(apdu.error());
    const auto atr = protocol::iso7816::Atr::parse(apdu->bytes);
    if (!atr) return wrong("the atr is none of ISO 7816-3");
    event.atr = *atr;
    return event;
  }
  return wrong("there is no such event");
}

Result<Message> header_in(const json& line) {
  const std::string* const format = text_in(line, "format");
  if (format == nullptr || *format != kFormat) return wrong("not a recording of vscard");
  if (count_in(line, "version") != std::size_t{kVersion}) {
    return wrong("the recording is of another version; this program reads version " +
                 std::to_string(kVersion));
  }
  const std::string* const reader = text_in(line, "reader");
  const std::string* const secrets = text_in(line, "secrets");
  return Header{.reader = reader == nullptr ? "" : *reader,
                .with_secrets = secrets != nullptr && *secrets == "written"};
}

Result<Message> message_in(const json& line) {
  if (line.contains("format")) return header_in(line);
  if (line.contains("command")) return command_in(line);
  if (line.contains("response")) return response_in(line);
  if (line.contains("event")) return event_in(line);
  return wrong("neither command, response nor event");
}

std::optional<Timestamp> time_in(const json& line) {
  const auto time = line.find("time");
  if (time == line.end() || !time->is_number()) return std::nullopt;
  const double seconds = time->get<double>();
  if (seconds < 0 || seconds >= kLatest) return std::nullopt;
  return Timestamp(std::llround(seconds * 1e6));
}

/// `text` is one line.
Result<Line> parse_line(std::string_view text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return wrong("not a JSON object");
  auto message = message_in(line);
  if (!message) return std::unexpected(message.error());
  const auto time = time_in(line);
  if (!time) return wrong("no time");
  return Line{.number = 0, .time = *time, .message = std::move(*message)};
}

}  // namespace

Result<Recording> parse_recording(std::string_view text) {
  Recording recording;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line_text = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line_text.empty()) continue;
    auto line = parse_line(line_text);
    if (end == std::string_view::npos) line = wrong("cut off");
    if (line && recording.lines.empty() && !std::holds_alternative<Header>(line->message)) {
      return wrong("1: not a recording of vscard: it begins without a header");
    }
    const bool last = text.empty() || text.starts_with(kNextStart);
    if (!line && (recording.lines.empty() || !last)) {
      return std::unexpected(line.error().about(std::to_string(number)));
    }
    if (!line) {
      recording.cut_off = number;
      continue;
    }
    line->number = number;
    recording.lines.push_back(std::move(*line));
  }
  if (recording.lines.empty()) return wrong("1: nothing is recorded here");
  return recording;
}

Result<Recording> read_recording(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed) && !std::filesystem::is_regular_file(path, failed)) {
    return std::unexpected(path + ": not a regular file");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 65536> part{};
  while (file.read(part.data(), part.size()), file.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxRecording) {
      return std::unexpected(path + ": larger than a recording that can be read, 256 MiB");
    }
  }
  if (!file.eof()) return std::unexpected(path + ": " + chardev::file_error(errno));
  auto recording = parse_recording(text);
  if (!recording) return std::unexpected(path + ":" + recording.error().text);
  return recording;
}

}  // namespace vscard::cards::recording
