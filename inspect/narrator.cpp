#include "inspect/narrator.hpp"

#include "program/events.hpp"
#include "program/json.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/iso7816/names/status.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

namespace vscard::inspect {
namespace {

namespace names = protocol::iso7816::names;
using program::Json;
using What = program::TappedApdu::What;

std::vector<Json::Member> begin(const SeenApdu& apdu) {
  using std::chrono::microseconds;
  const auto time = std::chrono::duration_cast<microseconds>(apdu.time.time_since_epoch());
  return {{"event", "apdu"},
          {"time", Json::seconds(static_cast<std::uint64_t>(time.count()))},
          {apdu.about, apdu.name}};
}

std::string text_of_status(protocol::Bytes response) {
  const auto parsed = protocol::iso7816::ResponseApdu::parse(response);
  return parsed ? names::status_text(static_cast<std::uint16_t>(parsed->status)) : "malformed";
}

}  // namespace

std::string Narrator::line(const Seen& seen) {
  if (const auto* event = std::get_if<SeenEvent>(&seen)) return event->line;
  return line_of(std::get<SeenApdu>(seen));
}

std::string Narrator::line_of(const SeenApdu& apdu) {
  if (interpreters_.size() >= kMaxNames) interpreters_.clear();
  names::Interpreter& interpreter = interpreters_[apdu.about + " " + apdu.name];
  std::vector<Json::Member> members = begin(apdu);
  std::ranges::move(program::message_members(apdu.what, apdu.message, apdu.by),
                    std::back_inserter(members));
  switch (apdu.what) {
    case What::Command: {
      const names::Meaning meaning = interpreter.command(apdu.message.bytes);
      members.emplace_back("name", meaning.command);
      if (!meaning.object.empty()) members.emplace_back("object", meaning.object);
      break;
    }
    case What::Response:
      interpreter.response(apdu.message.bytes);
      members.emplace_back("status", text_of_status(apdu.message.bytes));
      break;
    case What::NoAnswer:
      break;
  }
  return Json::object(members).text();
}

}  // namespace vscard::inspect
