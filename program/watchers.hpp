#pragma once

#include "program/apdu_tap.hpp"
#include "program/json.hpp"
#include "program/line_queue.hpp"
#include "protocol/failure.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace vscard::program {

/// The lines of a command that goes on.
using Lines = std::shared_ptr<LineQueue>;

/// What a watcher wants to know: what changes, or that and each APDU, as a log may show it or with
/// all of its bytes but those that may be a secret.
enum class Detail { Changes, Apdus, Bytes };

/// Carries events from where they happen to everybody who watches, as JSON objects in lines.
/// Whatever publishes an event does not wait for the watchers, and pays a branch if there is none.
/// Not thread safe.
class Watchers {
 public:
  static constexpr std::size_t kMaxWatchers = 8;

  /// `make` returns the event. It is called only if somebody watches.
  template <class Make>
  void publish(Make make) {
    if (!watchers_.empty() || !taps_.empty()) pass_on(make().text());
  }
  /// An event that is a line already, of other watchers.
  void pass_on(const std::string& event);
  /// The same for an APDU: only if somebody watches those.
  template <class Make>
  void publish_apdu(Make make) {
    if (wants_apdus_) send(make().text(), Detail::Apdus);
  }

  /// A further watcher: it watches until it drops the lines or closes them. `present` are events
  /// that show it what there is. The error: there are kMaxWatchers already.
  Result<Lines> add(Detail detail, const std::vector<Json>& present = {});
  /// Ends the lines of all.
  void close();

  /// Shows `tap`, which outlives that, each APDU and each event until remove_tap(). It may remove
  /// itself.
  void add_tap(ApduTap& tap) { taps_.push_back(&tap); }
  void remove_tap(ApduTap& tap) { std::erase(taps_, &tap); }
  /// Does anybody want what show() is given: a tap, or a watcher of Detail::Bytes?
  bool tapped() const { return !taps_.empty() || wants_bytes_; }
  void show(const TappedApdu& apdu);

 private:
  struct Watcher {
    std::weak_ptr<LineQueue> lines;
    Detail detail = Detail::Changes;
  };
  void send(const std::string& event, Detail detail);
  void forget_gone();

  std::vector<Watcher> watchers_;
  bool wants_apdus_ = false;  ///< does one of them?
  bool wants_bytes_ = false;
  std::vector<ApduTap*> taps_;
};

}  // namespace vscard::program
