#include "program/ctl.hpp"
#include "program/log.hpp"
#include "vscclient/application.hpp"
#include "vscclient/list_readers.hpp"
#include "vscclient/options.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
  using namespace vscard;
  log::start("vscclient");
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments.front() == "ctl") {
    return program::ctl_main("vscclient", vscclient::Commands::help(),
                             {arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty() && arguments.front() == "list-readers") {
    return vscclient::list_readers_main({arguments.begin() + 1, arguments.end()});
  }
  auto line = vscclient::parse_command_line(argc, argv);
  if (!line) return line.error();
  log::set_level(line->service.level);
  return vscclient::Application(std::move(*line)).run();
}
