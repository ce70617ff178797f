#include "vscclient/console.hpp"

#include "async/error_as_value.hpp"
#include "chardev/descriptor.hpp"
#include "program/log.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace vscard::vscclient {
namespace {

constexpr std::size_t kMaxLine = 4096;

constexpr const char* kPrompt = "> ";
constexpr const char* kClearLine = "\r\x1b[K";  // ECMA-48 §8.3.41

void show(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

Awaitable<Result<std::string>> answer_to(const program::CommandTable& commands, std::string line) {
  auto words = program::split_words(line);
  if (!words) co_return std::unexpected(words.error());
  const auto answer = co_await commands.run(std::move(*words));
  if (!answer) co_return std::unexpected(answer.error());
  if (const auto* text = std::get_if<std::string>(&*answer)) co_return *text;
  co_return std::unexpected("run this in a terminal of its own: vscclient ctl " + line);
}

}  // namespace

Console::Console(const asio::any_io_executor& executor, const program::CommandTable& commands)
    : input_(executor), continued_(executor), commands_(commands) {}

Console::~Console() { close(); }

Awaitable<void> Console::run() {
  boost::system::error_code error;
  // A file of our own, since it is made non-blocking: with the terminal that others use, they would
  // get errors.
  chardev::Descriptor input = chardev::reopened(STDIN_FILENO, O_RDONLY);
  input_.assign(input.number(), error);
  if (error) co_return;
  static_cast<void>(input.release());
  begin_keys();
  prompt();
  while (true) {
    const auto [failed] =
        co_await input_.async_wait(asio::posix::descriptor_base::wait_read, async::kErrorAsValue);
    if (failed || !read_some()) break;
    co_await run_lines();
  }
  const bool ended = keys_ && editor_.ended();
  close();
  if (ended) log::info("no more commands from here; vscclient ctl takes them, Ctrl-C ends this");
}

void Console::close() {
  end_keys();
  boost::system::error_code ignored;  // closed is closed
  input_.close(ignored);
}

void Console::begin_keys() {
  if (!KeyInput::possible(STDIN_FILENO)) return;
  keys_.emplace(STDIN_FILENO);
  continued_.add(SIGCONT);
  watch_continuing();
  if (::isatty(STDERR_FILENO) == 0) return;
  log::set_surroundings({.before =
                             [this] {
                               if (prompting_) show(kClearLine);
                             },
                         .after =
                             [this] {
                               if (prompting_) show(kPrompt + editor_.line());
                             }});
}

void Console::end_keys() {
  if (!keys_) return;
  log::set_surroundings({});
  continued_.cancel();
  keys_.reset();
  if (std::exchange(prompting_, false)) show("\n");
}

/// The shell had the terminal, and gives it back as it likes it.
void Console::watch_continuing() {
  continued_.async_wait([this](const boost::system::error_code& cancelled, int /*signal*/) {
    if (cancelled || !keys_) return;
    keys_->again();
    if (prompting_) show(kClearLine + (kPrompt + editor_.line()));
    watch_continuing();
  });
}

bool Console::read_some() {
  std::array<char, 1024> buffer{};
  const ssize_t size = ::read(input_.native_handle(), buffer.data(), buffer.size());
  if (size < 0 && errno == EAGAIN) return true;
  if (size <= 0 || text_.size() > kMaxLine) return false;
  return take({buffer.data(), static_cast<std::size_t>(size)});
}

/// Is there more to come?
bool Console::take(std::string_view read) {
  if (!keys_) {
    text_.append(read);
    return true;
  }
  show(editor_.type(read));
  text_ += editor_.take_lines();
  return !editor_.ended();
}

Awaitable<void> Console::run_lines() {
  for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    co_await answer(std::move(line));
  }
}

Awaitable<void> Console::answer(std::string line) {
  prompting_ = false;
  const Result<std::string> result = co_await answer_to(commands_, std::move(line));
  const std::string& shown = result ? *result : result.error().text;
  if (!shown.empty()) show((result ? "" : "error: ") + shown + "\n");
  prompt();
}

void Console::prompt() {
  prompting_ = keys_.has_value();
  if (prompting_) show(kPrompt + editor_.line());
}

}  // namespace vscard::vscclient
