#include "program/trace.hpp"

#include "program/apdu_tap.hpp"
#include "program/events.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/iso7816/names/interpreter.hpp"
#include "protocol/iso7816/names/status.hpp"
#include "protocol/time.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::program {
namespace {

namespace names = protocol::iso7816::names;
using protocol::iso7816::ResponseApdu;
using What = TappedApdu::What;

// SGR of ECMA-48.
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kRed = "\x1b[31m";

/// The conversation with one card.
struct Conversation {
  names::Interpreter interpreter;
  names::Meaning meaning;  ///< of the last command
  std::string by;          ///< who sent it
  protocol::Time began;
};

/// What came back for a command.
struct Outcome {
  std::string text;
  std::size_t size = 0;  ///< bytes of data
  std::string_view colour = kRed;
};

/// Whoever looks for an object expects that there may be none.
std::string_view colour_of(std::uint16_t status) {
  const unsigned high = status >> 8;
  if (status == 0x9000 || high == 0x61) return kGreen;
  const bool missing = status == 0x6a82 || status == 0x6a83 || status == 0x6a88;
  return missing || high == 0x62 || high == 0x6c ? kYellow : kRed;
}

Outcome outcome_of(const TappedApdu& apdu) {
  if (apdu.what == What::NoAnswer) return {.text = "no answer"};
  const auto response = ResponseApdu::parse(apdu.message.bytes);
  if (!response) return {.text = "malformed"};
  const auto status = static_cast<std::uint16_t>(response->status);
  const std::string text = names::status_text(status);
  const std::string_view colour = colour_of(status);
  return {.text = colour == kGreen ? text : fmt::format("{:04x} {}", status, text),
          .size = response->data.size(),
          .colour = colour};
}

std::string time_of_day() {
  const auto now = std::chrono::system_clock::now();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now - whole).count();
  std::tm local{};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  ::localtime_r(&seconds, &local);
  return fmt::format("{:%H:%M:%S}.{:06}", local, micros);
}

std::string line_of(const TappedApdu& apdu, const Conversation& conversation, bool colours) {
  const auto paint = [colours](std::string_view colour, const std::string& text) {
    return colours ? fmt::format("{}{}{}", colour, text, kPlain) : text;
  };
  const Outcome outcome = outcome_of(apdu);
  const std::chrono::duration<double, std::milli> took =
      protocol::Clock::now() - conversation.began;
  return paint(kDim, time_of_day()) + "  " + std::string(apdu.name) + "  " +
         paint(kBold, fmt::format("{:<21}", conversation.meaning.command)) + "  " +
         fmt::format("{:<36}", conversation.meaning.object) + "  " +
         paint(outcome.colour, fmt::format("{:<22}", outcome.text)) + "  " +
         paint(kDim, fmt::format("{:>5} bytes {:>9.3f} ms{}{}", outcome.size, took.count(),
                                 conversation.by.empty() ? "" : "  ", conversation.by));
}

std::string line_of(const FaultLine& fault, bool colours) {
  const std::string line = time_of_day() + "  " + fault.about + "  ";
  return line + (colours ? fmt::format("{}{}{}", kYellow, fault.text, kPlain) : fault.text);
}

/// Makes the lines while somebody reads them.
class Tracer final : public ApduTap {
 public:
  explicit Tracer(Watchers& watchers) : watchers_(watchers) {}
  ~Tracer() override { watchers_.remove_tap(*this); }

  Result<Lines> add(bool colours) {
    forget_gone();
    if (readers_.size() >= Watchers::kMaxWatchers) {
      return std::unexpected(
          fmt::format("{} are tracing already, and no more can", Watchers::kMaxWatchers));
    }
    if (readers_.empty()) watchers_.add_tap(*this);
    auto lines = std::make_shared<LineQueue>();
    readers_.push_back({.lines = lines, .colours = colours});
    return lines;
  }

  void see(const TappedApdu& apdu) override {
    Conversation& conversation = conversations_[std::string(apdu.name)];
    if (apdu.what == What::Command) {
      conversation.meaning = conversation.interpreter.command(apdu.message.bytes);
      conversation.by = apdu.by;
      conversation.began = protocol::Clock::now();
      return;
    }
    conversation.interpreter.response(apdu.message.bytes);
    show([&](bool colours) { return line_of(apdu, conversation, colours); });
  }

  void hear(const std::string& event) override {
    const auto fault = read_fault(event);
    if (fault) show([&](bool colours) { return line_of(*fault, colours); });
  }

 private:
  struct Reader {
    std::weak_ptr<LineQueue> lines;
    bool colours = false;
  };

  /// `make` gives the line, in colour or not.
  void show(const std::function<std::string(bool colours)>& make) {
    forget_gone();
    for (const Reader& reader : readers_) reader.lines.lock()->push(make(reader.colours));
    if (!readers_.empty()) return;
    watchers_.remove_tap(*this);
    conversations_.clear();
  }

  void forget_gone() {
    std::erase_if(readers_, [](const Reader& reader) {
      const auto lines = reader.lines.lock();
      return !lines || lines->closed();
    });
  }

  Watchers& watchers_;
  std::vector<Reader> readers_;
  std::map<std::string, Conversation> conversations_;  ///< by the name of the card or reader
};

}  // namespace

Command trace_command(Watchers& watchers) {
  // Shared, as a command can be copied; it is one command all the same.
  const auto tracer = std::make_shared<Tracer>(watchers);
  const auto run = [tracer](const Words& arguments) { return tracer->add(!arguments.empty()); };
  return {.name = "trace",
          .usage = "[--color]",
          .text =
              "commands as people read them: name, file or object, outcome, time, who\n"
              "asked; in colour on a terminal",
          .run = run};
}

}  // namespace vscard::program
