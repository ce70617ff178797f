// Usage: pcsc-echo READER sizes FROM TO | echo SIZE... | late SECONDS
// Asks the card of tests/peer/echo_card.cpp, in the reader with READER in its name, for responses
// of each size from FROM to TO bytes, for each SIZE of data back, or for an answer that comes late.
// Fails unless each answer is what it should be, to the byte.

#include "tests/fakes/pcsc_user.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>

using namespace vscard::fakes::pcsc_user;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint8_t low(std::size_t number) { return static_cast<std::uint8_t>(number); }
std::uint8_t high(std::size_t number) { return static_cast<std::uint8_t>(number >> 8); }

void ask(Card& card, const Bytes& command, Bytes expected, const std::string& what) {
  expected.insert(expected.end(), {0x90, 0x00});
  const Bytes response = card.transmit(command);
  if (response == expected) return;
  throw std::runtime_error(what + ": the answer has " + std::to_string(response.size()) +
                           " bytes, not the " + std::to_string(expected.size()) + " expected");
}

void ask_for_sizes(Card& card, std::size_t from, std::size_t to) {
  for (std::size_t size = from; size <= to; ++size) {
    Bytes data;
    while (data.size() + 2 < size) data.push_back(low(data.size()));
    ask(card, {0x00, 0x02, high(size), low(size), 0x00, 0x00, 0x00}, data,
        "size " + std::to_string(size));
  }
}

void ask_for_echo(Card& card, std::size_t size) {
  Bytes data;
  while (data.size() < size) data.push_back(low(data.size() * 7 + data.size() / 256));
  Bytes command{0x00, 0x01, 0x00, 0x00, 0x00, high(size), low(size)};
  for (const std::uint8_t byte : data) command.push_back(byte);
  command.resize(command.size() + 2);  // Le: as many as there are
  ask(card, command, data, "echo of " + std::to_string(size));
}

void run(const std::vector<std::string>& words) {
  if (words.size() < 3) throw std::runtime_error("usage: pcsc-echo READER sizes|echo|late NUMBER…");
  std::vector<std::size_t> numbers;
  for (std::size_t i = 2; i < words.size(); ++i) numbers.push_back(std::stoul(words[i]));
  const Context context;
  Card card(context, words[0]);
  if (words[1] == "sizes") {
    ask_for_sizes(card, numbers.at(0), numbers.at(1));
  } else if (words[1] == "echo") {
    for (const std::size_t size : numbers) ask_for_echo(card, size);
  } else {
    ask(card, {0x00, 0x03, high(numbers[0]), low(numbers[0])}, {}, "late answer");
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pcsc-echo: %s\n", error.what());
    return 1;
  }
  return 0;
}
