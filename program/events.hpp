#pragma once

#include "program/apdu_tap.hpp"
#include "program/json.hpp"
#include "protocol/bytes.hpp"
#include "protocol/iso7816/atr.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The events of `ctl watch`, which are alike in all programs. Each says what it is about, with a
/// member that the output of `list --json` has, too: {"card", "soft"} or {"reader", "alice"}.
///
///     {"event":"reader","time":1764000000.000001,"reader":"alice","state":"added"}
///     {"event":"card","time":…,"card":"soft","state":"inserted","atr":"3b7a…"}
///     {"event":"remote","time":…,"card":"soft","role":"host","link":"tcp://…","remote":null}
///     {"event":"fault","time":…,"card":"soft","fault":"sw:6982@ins=87","command":"0087079a"}
///     {"event":"apdu","time":…,"card":"soft","command":"00 20 00 00, then 9 bytes not shown"}
///     {"event":"apdu","time":…,"card":"soft","response":"90 00, 0 bytes of data"}
///     {"event":"apdu","time":…,"reader":"alice","by":"opensc-tool (4711)",
///      "command":"00200080…","blank":{"from":4,"bytes":9}}
///
/// The time is in seconds since 1970. What reads the format of the others stands here, too.
namespace vscard::program {

/// A reader is there from now on ("added"), or was until now ("removed"). `more` are what there is
/// to say of it besides.
Json reader_event(const Json::Member& about, std::string_view state,
                  const std::vector<Json::Member>& more = {});
/// A card is "inserted", "removed" by the user, "absent", or "gone" with the program that has it.
/// The ATR is of a card that is in.
Json card_event(const Json::Member& about, std::string_view state,
                const std::optional<protocol::iso7816::Atr>& atr);
/// Who is connected now over a link that is for a "host", a "client" or a "guest"; none: nobody.
Json remote_event(const Json::Member& about, std::string_view role, std::string_view link,
                  const std::optional<std::string>& remote);
/// A fault of docs/faults.md hits: `what` is the header of a {"command", "0087079a"}, or the
/// {"atr", "3b7a…"} that is shown no more.
Json fault_event(const Json::Member& about, std::string_view fault, const Json::Member& what);
/// What a log may show of a command; `by` is who sent it, if that is known.
Json command_event(const Json::Member& about, protocol::Bytes command, std::string_view by = {});
/// … and of its response; none: there was no answer.
Json response_event(const Json::Member& about, std::optional<protocol::Bytes> response);
/// Either with all of its bytes: those in "blank" are zeros, in place of what may be a secret.
Json message_event(const TappedApdu& apdu);
/// What is in that of a message: "by", "command", or "response" (null: none came), and "blank".
std::vector<Json::Member> message_members(TappedApdu::What what,
                                          const protocol::iso7816::BlankedApdu& message,
                                          std::string_view by);
/// A watcher has missed so many events.
Json dropped_event(std::uint64_t count);

/// The same in `list --json` as in events.
std::string hex(const protocol::iso7816::Atr& atr);

/// Is this line one of remote_event()?
bool is_remote_event(std::string_view line);
/// The first "state" in an event, or in an answer to `list --json`.
std::optional<std::string> find_state(std::string_view json);
/// What one of fault_event() says, for people; nothing: it is another.
struct FaultLine {
  std::string about;  ///< the card, as it stands in JSON
  std::string text;   ///< "fault sw:6982@ins=87 hits the command 0087079a"
};
std::optional<FaultLine> read_fault(std::string_view line);

}  // namespace vscard::program
