#include "tests/pcsc-bridge/pcsc/recording.hpp"

#include "tests/fakes/hex.hpp"

#include <fstream>
#include <regex>
#include <sstream>

namespace vscard::pcsc_bridge::pcsc::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& to, const Bytes& bytes, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) to.insert(to.end(), bytes.begin(), bytes.end());
}

/// "0102", or "0102 00*7": the last byte of a word with a star is repeated.
void append_word(Bytes& to, const std::string& word) {
  const std::size_t star = word.find('*');
  Bytes bytes = fakes::from_hex(word.substr(0, star));
  const std::size_t times = star == std::string::npos ? 1 : std::stoul(word.substr(star + 1));
  if (bytes.empty()) return;
  const Bytes last{bytes.back()};
  bytes.pop_back();
  append(to, bytes, 1);
  append(to, last, times);
}

Bytes bytes_of(const std::string& text) {
  static const std::regex kBlock(R"(\{([^}]*)\}\*(\d+))");
  Bytes bytes;
  auto rest = text;
  for (std::smatch found; std::regex_search(rest, found, kBlock); rest = found.suffix()) {
    append(bytes, bytes_of(found.prefix()), 1);
    append(bytes, bytes_of(found[1]), std::stoul(found[2]));
  }
  std::istringstream words(rest);
  for (std::string word; words >> word;) {
    if (word != "|") append_word(bytes, word);
  }
  return bytes;
}

void read_bytes(RecordedLine& line, const std::string& text) {
  const std::size_t slash = text.find(" / ");
  line.head = bytes_of(text.substr(0, slash));
  if (slash != std::string::npos) line.data = bytes_of(text.substr(slash + 3));
}

RecordedLine parse(const std::string& text) {
  using Kind = RecordedLine::Kind;
  static const std::regex kTraffic(R"((\d+) (c\d+) ([><!]) (.*))");
  static const std::regex kRequest(R"(([0-9a-f]{2}) \w+ ?(.*))");
  RecordedLine line;
  std::smatch found;
  if (text.starts_with("## ") || text.starts_with("# == ")) {
    line.kind = text.starts_with("## ") ? Kind::Scene : Kind::Happening;
    line.text = text.substr(text.find(' ', 1) + (text.starts_with("## ") ? 1 : 4));
  } else if (std::regex_match(text, found, kTraffic)) {
    line.ms = std::stol(found[1]);
    line.connection = found[2];
    const std::string rest = found[4];
    if (found[3] == "!") {
      line.kind = rest.starts_with("connected") ? Kind::Connected : Kind::Closed;
    } else if (found[3] == ">") {
      std::smatch request;
      if (!std::regex_match(rest, request, kRequest)) return line;
      line.kind = Kind::Request;
      line.command = static_cast<std::uint32_t>(std::stoul(request[1], nullptr, 16));
      read_bytes(line, request[2]);
    } else if (rest.starts_with("EVENT ")) {
      line.kind = Kind::Event;
      read_bytes(line, rest.substr(6));
    } else {
      line.kind = Kind::Answer;
      read_bytes(line, rest);
    }
  }
  return line;
}

}  // namespace

std::vector<RecordedLine> read_recording(const std::string& path) {
  std::ifstream file(path);
  std::vector<RecordedLine> lines;
  int number = 0;
  for (std::string text; std::getline(file, text);) {
    lines.push_back(parse(text));
    lines.back().number = ++number;
  }
  return lines;
}

}  // namespace vscard::pcsc_bridge::pcsc::test
