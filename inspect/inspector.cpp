#include "inspect/inspector.hpp"

#include "async/event.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/transport.hpp"
#include "program/events.hpp"
#include "program/json.hpp"
#include "program/log.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace vscard::inspect {
namespace {

using program::Json;

constexpr std::chrono::milliseconds kLookPause{50};
constexpr std::chrono::seconds kCommandPatience{15};  ///< longer than a command has

Source source_of(const InspectorOptions& options, Source::Run run) {
  std::vector<Json> commands;
  for (const std::string& command : options.commands) commands.emplace_back(command);
  const Json about =
      Json::object({{"program", options.program}, {"commands", Json::array(commands)}});
  return {.about = about.text(), .commands = options.commands, .run = std::move(run)};
}

/// A command's answer, on its way from one thread to the other.
struct Reply {
  std::optional<Result<std::string>> result;
  async::Event came;
};

/// Those that go on are for the control socket.
Result<std::string> text_of(Result<program::Answer> answer) {
  if (!answer) return std::unexpected(answer.error());
  if (auto* text = std::get_if<std::string>(&*answer)) return std::move(*text);
  return std::unexpected("this command goes on, and the page cannot show it");
}

Awaitable<void> wait_for(std::shared_ptr<Reply> reply) {
  while (!reply->result) co_await reply->came.wait();
}

}  // namespace

Inspector::Inspector(asio::any_io_executor program, const program::CommandTable& commands,
                     program::Watchers& watchers, InspectorOptions options)
    : program_(std::move(program)),
      commands_(commands),
      watchers_(watchers),
      server_(source_of(options, [this](program::Words words) { return run(std::move(words)); })) {}

Inspector::~Inspector() {
  watchers_.remove_tap(*this);
  io_.stop();
}

Result<> Inspector::open(const chardev::Address& address) {
  const bool local = address.scheme == "unix";
  const chardev::Transport& transport = local ? chardev::kUnix : chardev::kTcp;
  auto listener = transport.listen(io_.get_executor(), address);
  if (!listener) {
    return std::unexpected(listener.error().about("inspector: cannot listen on " + address.text()));
  }
  address_ = (*listener)->address();
  server_.start(io_.get_executor(), std::move(*listener));
  async::spawn(io_.get_executor(), look());
  watchers_.add_tap(*this);
  thread_ = std::jthread([this] { io_.run(); });
  log::info("{}", where());
  return {};
}

std::string Inspector::where() const {
  const bool local = address_.starts_with("unix:");
  return "inspector at " + (local ? address_ + ", to which PORT has to lead: " : "") + url();
}

std::string Inspector::url() const {
  constexpr std::string_view kTcp = "tcp://";
  const bool tcp = address_.starts_with(kTcp);
  return "http://" + (tcp ? address_.substr(kTcp.size()) : "localhost:PORT") + "/#" +
         server_.token();
}

void Inspector::see(const program::TappedApdu& apdu) {
  put(SeenApdu{.time = std::chrono::system_clock::now(),
               .about = std::string(apdu.about),
               .name = std::string(apdu.name),
               .by = std::string(apdu.by),
               .what = apdu.what,
               .message = apdu.message});
}

void Inspector::hear(const std::string& event) { put(SeenEvent{.line = event}); }

/// While pages are open the inspector looks often enough, and else it need not before it is half
/// full.
void Inspector::put(Seen seen) {
  if (intake_.put(std::move(seen)) == Intake::State::Quiet) return;
  asio::post(io_, [this] { take(); });
}

Awaitable<void> Inspector::look() {
  while (true) {
    co_await server_.wait_watched();
    take();
    co_await async::sleep(kLookPause);
  }
}

void Inspector::take() {
  const Intake::Taken taken = intake_.take();
  for (const Seen& seen : taken.seen) server_.add(narrator_.line(seen));
  if (taken.dropped > 0) server_.add(program::dropped_event(taken.dropped).text());
  if (!taken.seen.empty()) server_.show();
}

/// On the program's thread, while this coroutine waits on the inspector's.
Awaitable<Result<std::string>> Inspector::run(program::Words words) {
  const auto reply = std::make_shared<Reply>();
  const auto give = [reply, here = io_.get_executor()](Result<program::Answer> answer) {
    asio::post(here, [reply, result = text_of(std::move(answer))]() mutable {
      reply->result = std::move(result);
      reply->came.notify();
    });
  };
  asio::post(program_, [this, words = std::move(words), give]() mutable {
    async::spawn(program_, commands_.run(std::move(words)), give);
  });
  auto waiting = wait_for(reply);
  co_await async::first_of(std::move(waiting), async::sleep(kCommandPatience));
  if (reply->result) co_return std::move(*reply->result);
  co_return std::unexpected("the command has not ended");
}

}  // namespace vscard::inspect
