#include "program/completion.hpp"
#include "program/ctl.hpp"
#include "program/log.hpp"
#include "program/process.hpp"
#include "program/run_program.hpp"
#include "vscclient/application.hpp"
#include "vscclient/list_readers.hpp"
#include "vscclient/options.hpp"
#include "vscclient/pair.hpp"
#include "vscclient/pipe.hpp"

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vscard;

int run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto completed =
          program::answer_ctl_completion("vscclient", cards::link::Commands::help(), arguments)) {
    return *completed;
  }
  if (arguments.size() > 2 && arguments[0] == program::kCompleteOption) {
    const bool pipe = arguments[1] == "pipe";
    if (pipe || arguments[1] == "pair") std::swap(argv[1], argv[2]);
    if (pipe) return vscclient::pipe_main(argc - 1, argv + 1);
    if (arguments[1] == "pair") return vscclient::pair_main(argc - 1, argv + 1);
  }
  if (!arguments.empty() && arguments.front() == "ctl") {
    return program::ctl_main("vscclient", cards::link::Commands::help(),
                             {arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty() && arguments.front() == "status") {
    return program::status_main("vscclient", {arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty() && arguments.front() == "list-readers") {
    return vscclient::list_readers_main({arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty() && arguments.front() == "pair") {
    return vscclient::pair_main(argc - 1, argv + 1);
  }
  if (!arguments.empty() && arguments.front() == "pipe") {
    return vscclient::pipe_main(argc - 1, argv + 1);
  }
  auto line = vscclient::parse_command_line(argc, argv);
  if (!line) return line.error();
  log::set_level(line->service.level);
  return vscclient::Application(std::move(*line)).run();
}

}  // namespace

int main(int argc, char** argv) {
  program::keep_memory_private();
  return program::run_program("vscclient", [&] { return run(argc, argv); });
}
