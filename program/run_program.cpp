#include "program/run_program.hpp"

#include "program/log.hpp"
#include "program/process.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace vscard::program {
namespace {

extern "C" void do_nothing(int /*signal*/) {}

/// The write that failed tells. A handler in place of SIG_IGN: it goes when a child becomes another
/// program.
void outlive(int signal) {
  struct sigaction action{};
  if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = do_nothing;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

/// Without the numbers that Boost adds: "epoll: Too many open files [system:24 at …]".
std::string text_of(const boost::system::system_error& error) {
  const std::string text = error.what();
  return text.substr(0, text.rfind(" ["));
}

/// std::thread throws without a word about what failed, and fmt::print without the file.
std::string text_of(const std::system_error& error) {
  if (std::ferror(stdout) != 0) {
    return "cannot write to standard output: " + error.code().message();
  }
  const bool thread = error.code() == std::errc::resource_unavailable_try_again &&
                      error.what() == error.code().message();
  return (thread ? "cannot start a thread: " : "") + std::string(error.what());
}

int failed(const std::string& text) {
  log::error("{}", text);
  return kFailed;
}

int flush_output(int status) {
  if (std::fflush(stdout) == 0) return status;
  throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
}

}  // namespace

int run_program(std::string_view program, const std::function<int()>& work) {
  outlive(SIGPIPE);
  outlive(SIGXFSZ);
  try {
    log::start(program);
    return flush_output(work());
  } catch (const std::bad_alloc&) {  // nothing that needs memory, as the log does
    std::fprintf(stderr, "%.*s: error: out of memory\n", static_cast<int>(program.size()),
                 program.data());
    return kFailed;
  } catch (const boost::system::system_error& error) {
    return failed(text_of(error));
  } catch (const std::system_error& error) {
    // Whoever read our output has what they wanted.
    return error.code() == std::errc::broken_pipe ? kFailed : failed(text_of(error));
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

}  // namespace vscard::program
