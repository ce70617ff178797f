#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vscard::fakes {

/// The functions of libpcsclite that a program of ours calls.
enum class PcscCall {
  EstablishContext,
  ReleaseContext,
  ListReaders,
  GetStatusChange,
  Cancel,
  Connect,
  Reconnect,
  Disconnect,
  BeginTransaction,
  EndTransaction,
  Transmit,
  GetAttrib,
  SetAttrib,
  Control,
};

/// libpcsclite and pcscd as a test wants them. A test program that has pcsclite.cpp among its
/// sources calls this object in place of the library, for as long as it lives; without one there is
/// no service. By itself it behaves as pcscd with the readers and cards that it was given, and each
/// fault has a name. Thread safe.
class Pcsclite {
 public:
  using Data = std::vector<std::uint8_t>;

  Pcsclite();
  Pcsclite(const Pcsclite&) = delete;
  Pcsclite& operator=(const Pcsclite&) = delete;
  /// Nothing may be under way.
  ~Pcsclite();

  // pcscd.
  /// What waits ends with `code`; contexts and connections are invalid from now on.
  void stop_service(long code);
  void start_service();
  /// Both at once: nobody finds it stopped in between.
  void restart_service(long code);

  // Readers and cards.
  /// Its word for the list of readers counts what comes and goes, as since pcsc-lite 2.3; before,
  /// the library compares what it is given with the number of readers and writes nothing.
  void count_readers_as_events();
  void add_reader(const std::string& name);
  void remove_reader(const std::string& name);
  enum class Mute { No, Yes };
  void insert(const std::string& reader, const std::string& atr_hex, Mute mute = Mute::No);
  void remove(const std::string& reader);
  /// Makes responses of commands; 9000 when there is none.
  void answer(std::function<Data(const Data&)> card);
  /// Likewise the reader's driver, of a control code and what follows it; by itself it has none.
  void control(std::function<std::optional<Data>(unsigned long, const Data&)> driver);

  // Another program.
  void reset_by_another(const std::string& reader);
  /// It connects to the reader for itself alone, and ends the connection.
  void take_exclusively(const std::string& reader);
  void give_back(const std::string& reader);

  // Faults of the functions.
  /// The next calls of `call` give these codes, one each, and do nothing else. Success stands for a
  /// call that is as usual.
  void results(PcscCall call, std::deque<long> codes);
  /// Calls wait from now on; until release().
  void block(PcscCall call);
  void release(PcscCall call);
  /// Done once, in the next call of `call`, before anything else of it.
  void on_next(PcscCall call, std::function<void(Pcsclite&)> event);

  // What was called.
  int count(PcscCall call) const;
  /// Waits until it was called so often, but not for ever: false.
  bool wait_until_called(PcscCall call, int times) const;
  /// Waits until it is called, and waits itself, or for release().
  bool wait_until_waiting(PcscCall call) const;
  /// The commands that cards have got, in hex.
  std::vector<std::string> commands() const;
  /// The send PCI's protocol of the last command.
  unsigned long last_protocol() const;
  /// The initialization that the last Reconnect asked for.
  unsigned long last_initialization() const;
  /// The share mode that the last Connect or Reconnect asked for.
  unsigned long last_share() const;
  /// What the last EndTransaction or Disconnect did with the card.
  unsigned long last_disposition() const;
  std::size_t open_contexts() const;
  std::size_t open_connections() const;

 private:
  friend struct PcscliteFunctions;

  struct Reader {
    std::optional<Data> atr;
    bool mute = false;
    std::uint16_t changes = 0;  ///< insertions and removals
    int resets = 0;             ///< of the card that is in
    bool taken = false;         ///< exclusively, by another program
  };
  struct Connection {
    long context = 0;
    std::string reader;
    bool exclusive = false;
    std::uint16_t changes = 0;  ///< the reader's, when it was connected
    int resets = 0;             ///< that it knows of
    bool in_transaction = false;
  };

  static Pcsclite* current;

  void end_service(long code);
  std::optional<long> enter(std::unique_lock<std::mutex>& lock, PcscCall call);
  /// False when `limit` passed first.
  bool wait(std::unique_lock<std::mutex>& lock, PcscCall call, const std::function<bool()>& done,
            std::chrono::milliseconds limit = std::chrono::hours(1));

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool running_ = true;
  int service_ = 0;       ///< how many have ended
  long stopped_ = 0;      ///< what waiting calls end with
  long next_handle_ = 1;  ///< of contexts and connections, never used again
  std::optional<unsigned long> list_events_;
  std::vector<std::string> order_;
  std::map<std::string, Reader> readers_;
  std::set<long> contexts_;
  std::set<long> watching_;   ///< contexts whose GetStatusChange waits for a change
  std::set<long> cancelled_;  ///< of those
  std::map<long, Connection> connections_;
  std::function<Data(const Data&)> card_;
  std::map<PcscCall, std::deque<long>> results_;
  std::map<PcscCall, std::deque<std::function<void(Pcsclite&)>>> events_;
  std::set<PcscCall> blocked_;
  std::map<PcscCall, int> counts_;
  std::map<PcscCall, int> waiting_;
  std::vector<std::string> commands_;
  unsigned long last_protocol_ = 0;
  std::function<std::optional<Data>(unsigned long, const Data&)> driver_;
  unsigned long last_initialization_ = 0;
  unsigned long last_share_ = 0;
  unsigned long last_disposition_ = 0;
};

}  // namespace vscard::fakes
