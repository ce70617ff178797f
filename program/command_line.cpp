#include "program/command_line.hpp"

#include "chardev/number.hpp"
#include "program/log.hpp"
#include "program/process.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <type_traits>
#include <utility>

namespace vscard::program {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class T>
Result<> read_number(const std::string& text, const Option& option, T& number) {
  using Limits = std::numeric_limits<T>;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto most = std::min<std::uint64_t>(Limits::max(), kMost);
  const auto range = option.range.value_or(
      Option::Range{.least = Limits::min(), .most = static_cast<std::int64_t>(most)});
  const auto value = chardev::parse_number<std::int64_t>(text, range.least, range.most);
  if (!value) {
    return std::unexpected(
        fmt::format("'{}' is not a number from {} to {}", text, range.least, range.most));
  }
  number = static_cast<T>(*value);
  return {};
}

Result<> read_seconds(const std::string& text, const Option& option, protocol::Duration& duration) {
  int seconds = 0;
  const Result<> read = read_number(text, option, seconds);
  if (read) duration = std::chrono::seconds(seconds);
  return read;
}

/// Takes one value. Flags and repeated options have had none when they are here.
Result<> take(const Option& option, const std::string& text) {
  if (!option.choices.empty() && std::ranges::count(option.choices, text) == 0) {
    return std::unexpected(
        fmt::format("'{}' is not one of {}", text, fmt::join(option.choices, ", ")));
  }
  return std::visit(
      Overloaded{
          [](std::vector<OptionWord>*) { return Result<>(); },  // see set_ordered()
          [](bool* flag) { return *flag = true, Result<>(); },
          [](const std::function<void()>& flag) { return flag(), Result<>(); },
          [&](const std::function<Result<>(const std::string&)>& take) { return take(text); },
          [&](std::vector<std::string>* all) { return all->push_back(text), Result<>(); },
          [&](std::string* value) { return *value = text, Result<>(); },
          [&](std::filesystem::path* value) { return *value = text, Result<>(); },
          [&](protocol::Duration* value) { return read_seconds(text, option, *value); },
          [&](auto* number) { return read_number(text, option, *number); }},
      option.into);
}

bool is_flag(const Option& option) {
  return std::holds_alternative<bool*>(option.into) ||
         std::holds_alternative<std::function<void()>>(option.into);
}

bool is_repeated(const Option& option) {
  return std::holds_alternative<std::vector<std::string>*>(option.into) ||
         std::holds_alternative<std::vector<OptionWord>*>(option.into);
}

/// What --help calls a value.
std::string value_word(const Option& option) {
  if (!option.value.empty() || !option.name.starts_with('-')) return option.value;
  if (!option.choices.empty()) return fmt::format("{{{}}}", fmt::join(option.choices, ","));
  const bool number = std::holds_alternative<int*>(option.into) ||
                      std::holds_alternative<std::size_t*>(option.into);
  return number ? "NUMBER" : "TEXT";
}

void take_or_throw(const Option& option, const std::string& value) {
  const auto taken = take(option, value);
  if (!taken) throw CLI::ValidationError(option.name, taken.error().text);
}

CLI::Option* add_flag(CLI::App& app, const Option& option) {
  return app.add_flag_callback(option.name, [&option] { take_or_throw(option, ""); }, option.text);
}

CLI::Option* add_value(CLI::App& app, const Option& option) {
  const auto take_all = [&option](const CLI::results_t& values) {
    for (const std::string& value : values) take_or_throw(option, value);
    return true;
  };
  CLI::Option* const added = app.add_option(option.name, take_all, option.text);
  const bool repeated = std::holds_alternative<std::vector<std::string>*>(option.into);
  added->type_name(value_word(option) + (repeated ? " ..." : ""))->allow_extra_args(false);
  if (is_repeated(option)) added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (option.separator != '\0') added->delimiter(option.separator);
  return added;
}

CLI::Option* add_option(CLI::App& app, const Option& option) {
  CLI::Option* const added = is_flag(option) ? add_flag(app, option) : add_value(app, option);
  if (!option.shown.empty()) added->default_str(option.shown);
  if (!option.group.empty()) added->group(option.group);
  if (!option.excludes.empty()) added->excludes(app.get_option(option.excludes));
  return added->required(option.required);
}

/// Values of different options, in the order in which they stand on the command line.
void set_ordered(const CLI::App& app, const std::map<const CLI::Option*, const Option*>& options) {
  std::map<const CLI::Option*, std::size_t> taken;
  for (const CLI::Option* parsed : app.parse_order()) {
    const auto found = options.find(parsed);
    if (found == options.end()) continue;
    auto* const* const words = std::get_if<std::vector<OptionWord>*>(&found->second->into);
    if (words == nullptr) continue;
    (*words)->push_back(
        {.option = found->second->name, .value = parsed->results().at(taken[parsed]++)});
  }
}

/// `help` has one usage, which CLI11 2.6 does not call so, and which has empty lines before it.
std::string with_usages(std::string help, const std::string& program,
                        const std::vector<std::string>& usages) {
  constexpr std::string_view kUsage = "Usage: ";
  const std::size_t begin = help.find(program + " [OPTIONS]");
  if (begin == std::string::npos || begin == 0) return help;
  const std::size_t end = help.find('\n', begin);
  std::string text = "\n" + std::string(kUsage) + help.substr(begin, end - begin);
  for (const std::string& more : usages) text += "\n" + std::string(kUsage.size(), ' ') + more;
  const std::size_t word = help.rfind(kUsage, begin);
  const bool called = word != std::string::npos && word + kUsage.size() == begin;
  const std::size_t before = help.find_last_not_of('\n', (called ? word : begin) - 1) + 1;
  return help.replace(before, end - before, text);
}

}  // namespace

CommandLineParser::CommandLineParser(std::string program, std::string description,
                                     std::string footer)
    : program_(std::move(program)),
      description_(std::move(description)),
      footer_(std::move(footer)) {}

std::optional<int> CommandLineParser::parse(int argc, const char* const* argv) const {
  CLI::App app(description_, program_);
  app.footer(footer_);
  if (has_version_) app.set_version_flag("--version", program_ + " (vscard) " VSCARD_VERSION);
  std::map<const CLI::Option*, const Option*> options;
  for (const Option& option : options_) options[add_option(app, option)] = &option;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", with_usages(app.help(), program_, usages_));
    return 0;
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return wrong(error.what());
  }
  set_ordered(app, options);
  return std::nullopt;
}

int CommandLineParser::wrong(const Failure& failure) const {
  log::error("{} ({} --help lists the options)", failure.text, program_);
  return kWrongCommandLine;
}

}  // namespace vscard::program
