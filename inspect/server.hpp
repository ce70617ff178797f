#pragma once

#include "async/event.hpp"
#include "chardev/transport.hpp"
#include "inspect/gate.hpp"
#include "inspect/history.hpp"
#include "inspect/request.hpp"
#include "program/words.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace vscard::inspect {

struct ServerLimits {
  std::size_t connections = 64;  ///< at a time
  std::size_t pages = 10;        ///< … of which so many get lines
  HistoryLimits history = {};
  /// With a request, then with a browser that reads its answer.
  protocol::Duration patience = std::chrono::seconds(10);
};

/// What pages get.
struct Source {
  /// Runs a command of the program's. The error is a line for the user.
  using Run = std::function<Awaitable<Result<std::string>>(program::Words words)>;

  std::string about;                  ///< a JSON object: the program, and what it lets pages do
  std::vector<std::string> commands;  ///< what pages may run
  Run run;
};

/// The inspector's HTTP server. A connection has one request:
///
///     GET /, GET /page.css …   the page
///     GET /about               the program: {"program":"vscclient","commands":["insert","remove"]}
///     GET /readers             what `ctl list --json` prints
///     GET /metrics             what `ctl metrics` prints, where the program has that
///     GET /lines?from=N        what has happened since line N, and goes on; a JSON object a line
///     POST /command            runs the command in the body, a line as for `ctl`
///
/// All but the page need the token. Lines are counted from 0 on, as N does. {"event":"missed",
/// "count":17} stands for 17 that have gone before a slow page took them; {"event":"dropped",…} is
/// a line like others, for APDUs that nobody can see.
class Server {
 public:
  explicit Server(Source source, ServerLimits limits = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  const std::string& token() const;
  /// Begins to serve; all that follows happens on `executor`.
  void start(asio::any_io_executor executor, std::unique_ptr<chardev::Listener> listener);

  /// A line for all pages, those that come later, too. After all lines: show().
  void add(std::string line);
  void show();
  /// Is there a page that gets lines?
  bool watched() const;
  /// … from now on.
  Awaitable<void> wait_watched();

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with the coroutines, which may outlive this object
};

}  // namespace vscard::inspect
