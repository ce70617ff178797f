#include "program/events.hpp"

#include "protocol/hex.hpp"
#include "protocol/iso7816/apdu_log.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <chrono>

namespace vscard::program {
namespace {

namespace iso7816 = protocol::iso7816;

Json now() {
  using std::chrono::microseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto count = std::chrono::duration_cast<microseconds>(now).count();
  return Json::seconds(static_cast<std::uint64_t>(count));
}

Json make_event(std::string_view name, const Json::Member& about,
                const std::vector<Json::Member>& members) {
  std::vector<Json::Member> all{{"event", name}, {"time", now()}, about};
  all.insert(all.end(), members.begin(), members.end());
  return Json::object(all);
}

/// Nothing, if nobody knows.
std::vector<Json::Member> asked_by(std::string_view by) {
  if (by.empty()) return {};
  return {{"by", by}};
}

/// The text of the first member of this name, as it stands in JSON. In what Json writes, a
/// quotation mark within a text has a backslash before it, so this can only be the member.
std::optional<std::string> find_text(std::string_view json, std::string_view name) {
  const std::string member = fmt::format(R"("{}":")", name);
  const std::size_t begin = json.find(member);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t from = begin + member.size();
  std::size_t end = from;
  while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2U : 1U;
  return std::string(json.substr(from, end - from));
}

}  // namespace

Json reader_event(const Json::Member& about, std::string_view state,
                  const std::vector<Json::Member>& more) {
  std::vector<Json::Member> members{{"state", state}};
  members.insert(members.end(), more.begin(), more.end());
  return make_event("reader", about, members);
}

Json card_event(const Json::Member& about, std::string_view state,
                const std::optional<iso7816::Atr>& atr) {
  return make_event("card", about,
                    {{"state", state}, {"atr", atr ? Json(hex(*atr)) : Json(nullptr)}});
}

Json remote_event(const Json::Member& about, std::string_view role, std::string_view link,
                  const std::optional<std::string>& remote) {
  return make_event("remote", about, {{"role", role}, {"link", link}, {"remote", remote}});
}

Json fault_event(const Json::Member& about, std::string_view fault, const Json::Member& what) {
  return make_event("fault", about, {{"fault", fault}, what});
}

Json command_event(const Json::Member& about, protocol::Bytes command, std::string_view by) {
  std::vector<Json::Member> members = asked_by(by);
  members.emplace_back("command", iso7816::describe_command(command));
  return make_event("apdu", about, members);
}

Json response_event(const Json::Member& about, std::optional<protocol::Bytes> response) {
  const Json text = response ? Json(iso7816::describe_response(*response)) : Json(nullptr);
  return make_event("apdu", about, {{"response", text}});
}

Json message_event(const TappedApdu& apdu) {
  return make_event("apdu", {apdu.about, apdu.name},
                    message_members(apdu.what, apdu.message, apdu.by));
}

std::vector<Json::Member> message_members(TappedApdu::What what,
                                          const iso7816::BlankedApdu& message,
                                          std::string_view by) {
  if (what == TappedApdu::What::NoAnswer) return {{"response", nullptr}};
  std::vector<Json::Member> members = asked_by(by);
  members.emplace_back(what == TappedApdu::What::Command ? "command" : "response",
                       protocol::to_hex(message.bytes));
  if (message.blank_size != 0) {
    members.emplace_back(
        "blank", Json::object({{"from", message.blank_begin}, {"bytes", message.blank_size}}));
  }
  return members;
}

Json dropped_event(std::uint64_t count) {
  return Json::object({{"event", "dropped"}, {"count", count}});
}

std::string hex(const iso7816::Atr& atr) {
  return fmt::format("{:02x}", fmt::join(atr.bytes(), ""));
}

bool is_remote_event(std::string_view line) { return line.starts_with(R"({"event":"remote",)"); }

std::optional<std::string> find_state(std::string_view json) { return find_text(json, "state"); }

std::optional<FaultLine> read_fault(std::string_view line) {
  if (!line.starts_with(R"({"event":"fault",)")) return std::nullopt;
  const auto text = [line](std::string_view name) { return find_text(line, name).value_or(""); };
  const std::string command = text("command");
  return FaultLine{.about = text("card"),
                   .text = fmt::format("fault {} {}", text("fault"),
                                       command.empty() ? "in place of the ATR " + text("atr")
                                                       : "hits the command " + command)};
}

}  // namespace vscard::program
