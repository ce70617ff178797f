#include "inspect/server.hpp"

#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/number.hpp"
#include "inspect/asset.hpp"
#include "inspect/response.hpp"
#include "program/control_stream.hpp"
#include "program/json.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace vscard::inspect {
namespace {

using chardev::Stream;
using program::bytes_of;

constexpr std::chrono::seconds kAcceptPause{1};
constexpr std::size_t kPart = std::size_t{256} * 1024;  ///< bytes of lines in one write
constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kJsonLines = "application/x-ndjson";

/// One of those who share something.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

Awaitable<std::optional<std::expected<Request, Status>>> read_request(Stream& stream) {
  RequestDecoder decoder;
  std::array<std::uint8_t, 4096> buffer{};
  while (true) {
    const auto size = co_await stream.read(buffer);
    if (!size) co_return std::nullopt;
    const std::string text(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    if (auto request = decoder.feed(text)) co_return request;
  }
}

Awaitable<void> wait_for_end(Stream& stream) {
  std::array<std::uint8_t, 256> ignored{};
  while (co_await stream.read(ignored)) continue;
}

const Asset* find_asset(std::string_view path) {
  const auto all = assets();
  const auto found = std::ranges::find(all, path, &Asset::path);
  return found == all.end() ? nullptr : &*found;
}

std::string page_file(const Request& request, const Asset& asset) {
  if (request.method != "GET") return response(Status::NotAllowed, "");
  return response_head(Status::Ok, asset.type).append(asset.text);
}

/// Of "/lines?from=17".
std::optional<std::uint64_t> position_of(std::string_view target) {
  constexpr std::string_view kLines = "/lines?from=";
  if (!target.starts_with(kLines)) return std::nullopt;
  return chardev::parse_number<std::uint64_t>(target.substr(kLines.size()), 0,
                                              std::numeric_limits<std::int64_t>::max());
}

std::string text_of(const History::Part& part) {
  if (part.missed == 0) return part.text;
  const auto missed = program::Json::object({{"event", "missed"}, {"count", part.missed}});
  return missed.text() + "\n" + part.text;
}

}  // namespace

struct Server::State {
  State(Source given, ServerLimits bounds)
      : source(std::move(given)), limits(bounds), history(bounds.history) {}

  Awaitable<void> accept(std::shared_ptr<State> self);
  Awaitable<void> serve(std::shared_ptr<State> self, std::unique_ptr<Stream> stream);
  Awaitable<void> answer(Stream& stream, const Request& request);
  Awaitable<std::string> contents(const Request& request) const;
  Awaitable<std::string> run(std::string line, std::string_view type = kPlain) const;
  Awaitable<void> write(Stream& stream, std::string text) const;
  Awaitable<void> write_lines(Stream& stream, std::uint64_t position);

  Source source;
  ServerLimits limits;
  Gate gate;
  History history;
  async::Event grown;   ///< the history has
  async::Event opened;  ///< a page was
  std::unique_ptr<chardev::Listener> listener;
  std::size_t connections = 0;
  std::size_t pages = 0;
  bool closed = false;
};

Awaitable<void> Server::State::accept(std::shared_ptr<State> self) {
  const auto executor = co_await asio::this_coro::executor;
  while (true) {
    auto accepted = co_await listener->accept();
    if (closed) co_return;
    if (!accepted) {
      co_await async::sleep(kAcceptPause);  // out of descriptors, perhaps
      continue;
    }
    if (connections < limits.connections) {
      async::spawn(executor, serve(self, std::move(*accepted)));
    }
  }
}

Awaitable<void> Server::State::serve(std::shared_ptr<State> /*self*/,
                                     std::unique_ptr<Stream> stream) {
  const Counted counted(connections);
  auto reading = read_request(*stream);
  const auto read = co_await async::cut_short(std::move(reading), async::sleep(limits.patience));
  if (!read || !*read) co_return;
  const std::expected<Request, Status>& request = **read;
  if (request) {
    co_await answer(*stream, *request);
  } else {
    co_await write(*stream, response(request.error(), ""));
  }
}

Awaitable<void> Server::State::answer(Stream& stream, const Request& request) {
  const Asset* const asset = find_asset(request.target);
  const auto refused = asset != nullptr ? Gate::refuse(request) : gate.refuse_contents(request);
  if (refused) {
    co_await write(stream, response(*refused, ""));
  } else if (asset != nullptr) {
    co_await write(stream, page_file(request, *asset));
  } else if (const auto position = position_of(request.target)) {
    auto lines = write_lines(stream, *position);
    co_await async::first_of(std::move(lines), wait_for_end(stream));
  } else {
    auto asked = contents(request);
    std::string text = co_await std::move(asked);
    co_await write(stream, std::move(text));
  }
}

Awaitable<std::string> Server::State::contents(const Request& request) const {
  const std::string what = request.method + " " + request.target;
  if (what == "GET /about") co_return response_head(Status::Ok, kJson).append(source.about);
  if (what == "GET /readers") co_return co_await run("list --json");
  if (what == "GET /metrics") co_return co_await run("metrics", kOpenMetrics);
  if (what != "POST /command") co_return response(Status::NotFound, "");
  const auto words = program::split_words(request.body);
  const bool allowed =
      words && !words->empty() && std::ranges::count(source.commands, words->front()) != 0;
  if (!allowed) co_return response(Status::Forbidden, "the page may not run this");
  co_return co_await run(request.body);
}

Awaitable<std::string> Server::State::run(std::string line, std::string_view type) const {
  auto running = source.run(program::split_words(line).value_or(program::Words()));
  const Result<std::string> result = co_await std::move(running);
  if (!result) co_return response(Status::Conflict, result.error().text);
  co_return response_head(Status::Ok, type).append(*result);
}

Awaitable<void> Server::State::write(Stream& stream, std::string text) const {
  auto writing = stream.write(bytes_of(text));
  co_await async::cut_short(std::move(writing), async::sleep(limits.patience));
}

Awaitable<void> Server::State::write_lines(Stream& stream, std::uint64_t position) {
  if (pages >= limits.pages) {
    co_await write(stream, response(Status::Busy, "too many pages are open"));
    co_return;
  }
  const Counted counted(pages);
  opened.notify();
  const std::string head = response_head(Status::Ok, kJsonLines);
  if (co_await stream.write(bytes_of(head))) co_return;
  while (true) {
    const History::Part part = history.after(position, kPart);
    position = part.next;
    const std::string text = text_of(part);
    if (text.empty()) {
      co_await grown.wait();
    } else if (co_await stream.write(bytes_of(text))) {
      co_return;
    }
  }
}

Server::Server(Source source, ServerLimits limits)
    : state_(std::make_shared<State>(std::move(source), limits)) {}

Server::~Server() {
  state_->closed = true;
  if (state_->listener) state_->listener->close();
}

const std::string& Server::token() const { return state_->gate.token(); }

void Server::start(asio::any_io_executor executor, std::unique_ptr<chardev::Listener> listener) {
  state_->listener = std::move(listener);
  async::spawn(executor, state_->accept(state_));
}

void Server::add(std::string line) { state_->history.add(std::move(line)); }

void Server::show() { state_->grown.notify(); }

bool Server::watched() const { return state_->pages > 0; }

Awaitable<void> Server::wait_watched() {
  while (state_->pages == 0) co_await state_->opened.wait();
}

}  // namespace vscard::inspect
