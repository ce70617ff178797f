#include "pcsc-bridge/all_kinds.hpp"
#include "pcsc-bridge/conf/conf.hpp"
#include "pcsc-bridge/options.hpp"
#include "pcsc-bridge/run/card_clients.hpp"
#include "pcsc-bridge/run/run.hpp"
#include "pcsc-bridge/serve/serve.hpp"
#include "program/completion.hpp"
#include "program/ctl.hpp"
#include "program/log.hpp"
#include "program/process.hpp"
#include "program/run_program.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vscard;

int run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto completed = program::answer_ctl_completion(
          "pcsc-bridge", pcsc_bridge::run::CardControl::help(), arguments)) {
    return *completed;
  }
  if (!arguments.empty() && arguments.front() == "ctl") {
    return program::ctl_main("pcsc-bridge", pcsc_bridge::run::CardControl::help(),
                             {arguments.begin() + 1, arguments.end()});
  }
  auto line = pcsc_bridge::parse_command_line(argc, argv);
  if (!line) return line.error();
  const auto& kinds = pcsc_bridge::serve::own_kinds();
  if (pcsc_bridge::needs_all_kinds(*line, kinds)) {
    log::error("{}", pcsc_bridge::become_all_kinds(argv).text);
    return program::kFailed;
  }
  if (const auto* conf = std::get_if<pcsc_bridge::ConfOptions>(&*line)) {
    log::set_level(conf->level);
    return pcsc_bridge::conf::conf_main(*conf);
  }
  if (const auto* env = std::get_if<pcsc_bridge::serve::EnvOptions>(&*line)) {
    const char* run_folder = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
    std::puts(pcsc_bridge::serve::env_line(*env, run_folder != nullptr ? run_folder : "").c_str());
    return 0;
  }
  if (auto* serve = std::get_if<pcsc_bridge::serve::ServeOptions>(&*line)) {
    log::set_level(serve->service.level);
    return pcsc_bridge::serve::Serve(std::move(*serve), kinds).run();
  }
  const auto* options = std::get_if<pcsc_bridge::RunOptions>(&*line);
  log::set_level(options->service.level);
  return pcsc_bridge::run::Run(*options, kinds).run();
}

}  // namespace

int main(int argc, char** argv) {
  program::keep_memory_private();
  return program::run_program("pcsc-bridge", [&] { return run(argc, argv); });
}
