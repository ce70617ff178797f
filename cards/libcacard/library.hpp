#pragma once

#include "cards/reader.hpp"
#include "cards/response_buffer.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct VReaderStruct;  // NOLINT(readability-identifier-naming): libcacard's VReader

/// The calls of libcacard that are needed here. There is one in a process, with all its cards.
namespace vscard::cards::libcacard {

/// Loads it, unless that has been done, and starts it, once. `arguments` is its emulation string;
/// empty: its defaults. A failure is a line for the user.
Result<> start_library(const std::string& arguments);
/// Ends and unloads it, so that it can start anew. No VirtualReader is left, nobody waits for an
/// event, and it has started no threads, as it does for PKCS#11 modules.
void end_library();

/// One of its readers. Calls block for as long as the card works.
class VirtualReader {
 public:
  /// Takes over the reference.
  explicit VirtualReader(VReaderStruct* reader) : reader_(reader) {}

  std::string name() const;
  bool has_card() const;
  std::expected<protocol::iso7816::Atr, CardError> power_on() const;
  void power_off() const;
  /// Its card, and it from the library's list.
  void take_away() const;
  /// The response holds at least a status word.
  std::expected<protocol::SecretBytes, CardError> transmit(protocol::SecretBytes command);

 private:
  friend struct Event;
  struct Free {
    void operator()(VReaderStruct* reader) const;
  };

  std::unique_ptr<VReaderStruct, Free> reader_;
  ResponseBuffer response_;
};

/// In the library's order: those of soft cards stand first.
std::vector<VirtualReader> virtual_readers();

/// What happens to a reader.
struct Event {
  enum class Kind { Inserted, Removed, Other, End };
  Kind kind = Kind::Other;
  const VReaderStruct* reader = nullptr;  ///< to be compared alone

  bool is_of(const VirtualReader& other) const { return reader == other.reader_.get(); }
};

/// Drops the events that have come so far.
void drop_events();
Event wait_for_event();
/// Makes wait_for_event() give End.
void end_events();

}  // namespace vscard::cards::libcacard
