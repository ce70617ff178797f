#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>
#include <winscard.h>

/// The little PC/SC that the programs inside the guest need. A failure is an exception whose text
/// names the call: these are programs for tests, each ends with its first failure.
namespace vscard::fakes::pcsc_user {

/// Throws unless `status` is success; `call` is the text's subject.
void check(LONG status, const char* call);

class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The names of all readers, in pcscd's order; none is no failure.
  std::vector<std::string> readers() const;
  SCARDCONTEXT native() const { return context_; }

 private:
  SCARDCONTEXT context_ = 0;
};

/// A connection to the card in the first reader whose name has `part` in it.
class Card {
 public:
  Card(const Context& context, const std::string& part);
  ~Card();
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  std::vector<std::uint8_t> transmit(const std::vector<std::uint8_t>& apdu);

 private:
  SCARDHANDLE card_ = 0;
  DWORD protocol_ = 0;
  std::vector<std::uint8_t> buffer_;
};

/// "3B 9F" as two bytes; spaces may be missing. Throws on other characters.
std::vector<std::uint8_t> from_hex(const std::string& text);
/// Two bytes as "3b9f".
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace vscard::fakes::pcsc_user
