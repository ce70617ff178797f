#include "inspect/server.hpp"

#include "async/spawn.hpp"
#include "program/control_stream.hpp"
#include "tests/fakes/memory_listener.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace vscard::inspect {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A browser's connection.
class Visit {
 public:
  Visit(asio::io_context& io, fakes::StreamFaults faults = {}) : io_(io) {
    auto [ours, browser] = fakes::make_pipe(faults);
    browser_ = std::move(browser);
    fakes::MemoryListener::current->bring(std::move(ours));
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() { leave(); }

  void ask(const std::string& head, const std::string& body = "") {
    browser_->write_now(program::bytes_of(head + "\r\n\r\n" + body));
    io_.restart();
    io_.poll();
  }
  /// All that has come since the last time; "(end)" stands for the end of the connection.
  std::string take() {
    async::spawn(io_.get_executor(), read());
    io_.restart();
    io_.poll();
    return std::exchange(text_, "");
  }
  void leave() {
    browser_->close();
    io_.restart();
    io_.poll();
  }

 private:
  Awaitable<void> read() {
    if (std::exchange(reading_, true)) co_return;
    std::array<std::uint8_t, 4096> buffer{};
    while (const auto size = co_await browser_->read(buffer)) {
      text_.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    text_ += "(end)";
  }

  asio::io_context& io_;
  std::unique_ptr<fakes::PipeEnd> browser_;
  std::string text_;
  bool reading_ = false;
};

class Serving : public testing::Test {
 protected:
  Serving() {
    server_.start(io_.get_executor(), std::make_unique<fakes::MemoryListener>());
    io_.poll();
  }

  static Awaitable<Result<std::string>> run(std::vector<std::string>& ran, program::Words words) {
    ran.push_back(program::join_words(words));
    if (words.back() == "lost") co_return std::unexpected("there is no <b>lost</b>");
    co_return "[]";
  }
  std::string with_token(const std::string& line) const {
    return line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + server_.token();
  }
  std::string asked(const std::string& head, const std::string& body = "") {
    Visit visit(io_);
    visit.ask(head, body);
    return visit.take();
  }
  std::string posted(const std::string& command) {
    return asked(
        with_token("POST /command") + "\r\nContent-Length: " + std::to_string(command.size()),
        command);
  }
  void add(const std::string& line) {
    server_.add(line);
    server_.show();
  }

  std::vector<std::string> ran_;
  asio::io_context io_{1};
  Server server_{{.about = R"({"program":"tool"})",
                  .commands = {"insert", "remove"},
                  .run = [this](program::Words words) { return run(ran_, std::move(words)); }},
                 {.history = {.lines = 100}}};
};

TEST_F(Serving, GivesThePageToEveryProgramOfThisMachine) {
  const std::string page = asked("GET / HTTP/1.1\r\nHost: localhost:8080");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/html"));
  EXPECT_THAT(page, HasSubstr("</html>\n(end)"));
  EXPECT_THAT(asked("GET /page.css HTTP/1.1\r\nHost: localhost"), HasSubstr("text/css"));
  EXPECT_THAT(asked("GET /main.js HTTP/1.1\r\nHost: localhost"), HasSubstr("text/javascript"));
  EXPECT_THAT(asked("DELETE / HTTP/1.1\r\nHost: localhost"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(Serving, KeepsTheBrowserFromWhatThePageDoesNotNeed) {
  for (const std::string& answer : {asked("GET / HTTP/1.1\r\nHost: localhost"),
                                    asked(with_token("GET /about")), asked("nonsense")}) {
    for (const char* field : {"Cache-Control: no-store", "X-Content-Type-Options: nosniff",
                              "default-src 'none'; script-src 'self'", "frame-ancestors 'none'",
                              "require-trusted-types-for 'script'"}) {
      EXPECT_THAT(answer, HasSubstr(field));
    }
    EXPECT_THAT(answer, Not(HasSubstr("unsafe-inline")));
    EXPECT_THAT(answer, Not(HasSubstr("Access-Control-Allow")));
  }
}

TEST_F(Serving, GivesWhatPassesOnlyForTheToken) {
  for (const char* line :
       {"GET /about", "GET /readers", "GET /metrics", "GET /lines?from=0", "POST /command"}) {
    const std::string head = std::string(line) + " HTTP/1.1\r\nHost: localhost";
    EXPECT_THAT(asked(head), StartsWith("HTTP/1.1 401 ")) << line;
    EXPECT_THAT(asked(head + "\r\nAuthorization: Bearer 0123"), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(asked(with_token(line) + "\r\nOrigin: http://attacker.example"),
                StartsWith("HTTP/1.1 403 "));
  }
  EXPECT_THAT(ran_, testing::IsEmpty());
  EXPECT_THAT(asked(with_token("GET /about")), HasSubstr("\r\n\r\n{\"program\":\"tool\"}(end)"));
}

TEST_F(Serving, RefusesForeignHosts) {
  EXPECT_THAT(asked("GET / HTTP/1.1\r\nHost: attacker.example"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(asked("GET / HTTP/1.1"), StartsWith("HTTP/1.1 403 "));
}

TEST_F(Serving, RunsTheCommandsOfThePageAlone) {
  EXPECT_THAT(asked(with_token("GET /readers")), HasSubstr("\r\n\r\n[](end)"));
  EXPECT_THAT(asked(with_token("GET /metrics")),
              HasSubstr("Content-Type: application/openmetrics-text; version=1.0.0"));
  EXPECT_THAT(posted("remove 'my card'"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ran_, testing::ElementsAre("list --json", "metrics", "remove 'my card'"));
  for (const char* other : {"exit", "list", "", "'remove", "debug trace", "watch"}) {
    EXPECT_THAT(posted(other), StartsWith("HTTP/1.1 403 ")) << other;
  }
  EXPECT_EQ(ran_.size(), 3U);
}

TEST_F(Serving, TellsWhyACommandFailed) {
  const std::string answer = posted("remove lost");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 409 "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nthere is no <b>lost</b>(end)"));
}

TEST_F(Serving, GivesLinesAsTheyCome) {
  add("old");
  add("first");
  Visit visit(io_);
  EXPECT_FALSE(server_.watched());
  visit.ask(with_token("GET /lines?from=1"));
  EXPECT_TRUE(server_.watched());
  EXPECT_THAT(visit.take(), testing::EndsWith("\r\n\r\nfirst\n"));
  add("second");
  EXPECT_EQ(visit.take(), "second\n");
  visit.leave();
  EXPECT_FALSE(server_.watched());
}

TEST_F(Serving, TellsASlowPageWhatItHasMissed) {
  Visit slow(io_, {.room = 1});
  slow.ask(with_token("GET /lines?from=0"));
  for (std::size_t i = 0; i < 102; ++i) server_.add("x");
  add("last");
  std::string text;
  while (!text.ends_with("last\n")) text += slow.take();
  EXPECT_THAT(text, HasSubstr("\r\n\r\n{\"event\":\"missed\",\"count\":3}\nx\n"));
}

TEST_F(Serving, ForgetsAPageThatIsClosedInTheMiddleOfALine) {
  Visit slow(io_, {.room = 1});
  slow.ask(with_token("GET /lines?from=0"));
  add(std::string(100'000, 'x'));
  EXPECT_TRUE(server_.watched());
  slow.leave();
  EXPECT_FALSE(server_.watched());
  add("last");
  Visit next(io_);
  next.ask(with_token("GET /lines?from=1"));
  EXPECT_THAT(next.take(), testing::EndsWith("\r\n\r\nlast\n"));
}

TEST_F(Serving, HasTenPagesAtOnce) {
  std::vector<std::unique_ptr<Visit>> visits;
  for (int i = 0; i < 10; ++i) {
    visits.push_back(std::make_unique<Visit>(io_));
    visits.back()->ask(with_token("GET /lines?from=0"));
  }
  EXPECT_THAT(asked(with_token("GET /lines?from=0")), StartsWith("HTTP/1.1 503 "));
  visits.front()->leave();
  Visit next(io_);
  next.ask(with_token("GET /lines?from=0"));
  EXPECT_THAT(next.take(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Serving, AnswersWhatMakesNoSense) {
  EXPECT_THAT(asked("nonsense"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(asked(with_token("GET /lines?from=x")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(asked(with_token("GET /../etc/passwd")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(asked(with_token("GET /") + std::string(9000, 'x')), StartsWith("HTTP/1.1 413 "));
}

}  // namespace
}  // namespace vscard::inspect
