#pragma once

#include "async/deadline_loop.hpp"
#include "chardev/socket_listener.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"
#include "pcsc-bridge/serve/direct_link.hpp"
#include "pcsc-bridge/serve/host_line.hpp"
#include "pcsc-bridge/serve/program_link.hpp"
#include "pcsc-bridge/serve/system_readers.hpp"
#include "program/json.hpp"
#include "program/watchers.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace vscard::pcsc_bridge::serve {

/// Readers, so that their names are in one byte.
inline constexpr std::size_t kMaxReaders = 256;

/// A PC/SC service on a UNIX socket, with readers whose cards come over VSC or are in this process,
/// and those of the machine's own service. To be used on one executor, which runs only as long as
/// this object is there.
class Service final : private CardEvents, private ReaderPlaces {
 public:
  /// `watchers` outlive it.
  Service(asio::any_io_executor executor, program::Watchers& watchers);
  ~Service() override;

  /// Programs can connect. The error is a line for the user.
  Result<> open(const chardev::Address& address);
  /// The socket, for PCSCLITE_CSOCK_NAME.
  std::string socket() const;
  /// Programs see "NAME II 00", where I is the place among the readers, as with pcscd. A client
  /// that has several cards there gets readers "NAME CARD" beside it. The error is a line for the
  /// user.
  Result<> add_reader(const std::string& name, const session::VscLinkOptions& options);
  /// The same for a card of this process.
  Result<> add_reader(const std::string& name, std::shared_ptr<DirectLink> card);
  Result<> remove_reader(const std::string& name);
  /// A client's further card that has lost its reader of this name has it again. False: there is no
  /// such card. The error is a line for the user.
  Result<bool> give_back(const std::string& name);
  /// The machine's own readers are shown, too, from now on and with their own names. After open().
  /// The error is a line for the user.
  Result<> add_system();
  /// Has the machine's service told of its readers, or why it does not?
  bool knows_system() const { return system_known_; }
  /// From now on what becomes of the readers is not worth a line: everything ends.
  void hush() { hushed_ = true; }
  /// Ends what the executor still does for it.
  void close();
  /// After close(). False: the machine's service does not return, so only _Exit ends the process.
  bool end(asio::io_context& io);

  struct ReaderView {
    std::string name;
    std::string address;
    std::optional<std::string> remote;
    bool card = false;
  };
  std::vector<ReaderView> readers() const;
  /// The events that show the present state to `ctl watch`.
  std::vector<program::Json> present() const;

 private:
  using Card = std::optional<protocol::iso7816::Atr>;
  struct ServedReader {
    std::string name;
    std::string shown;                   ///< to programs
    std::shared_ptr<CardSource> source;  ///< shared with its line's coroutine, or with its card
    Card card;

    program::Json event(std::string_view state) const;
  };

  /// Who sends commands.
  struct Program {
    ProgramLink* link = nullptr;  ///< in its coroutine
    pid_t process = 0;
    std::string name = {};  ///< once it is asked for
  };

  /// A reader of the machine's.
  struct SystemReader {
    pcsc::ReaderId id{};
    program::ApduTrail trail;
    Card card = {};

    ReaderView view(const std::string& name) const;
  };

  bool has(const std::string& name) const;
  std::string name_beside(const std::string& name, const std::string& offered) const;
  Result<std::string> shown_as(const std::string& name) const;
  pcsc::ReaderId show(ServedReader reader, const std::string& serial);
  program::ApduTrail trail_of(const std::string& name);
  std::string asker();
  Awaitable<void> accept();
  void take(chardev::Descriptor socket);
  void tell_program(const ucred& peer);
  Awaitable<void> serve(chardev::Descriptor socket, pid_t process);
  void perform(pcsc::ResourceManager::Actions actions);
  void perform(pcsc::ResourceManager::Action action);
  CardEvents& card_events() { return *this; }
  Notify notices_of(const std::string& name);
  CardSource* find(pcsc::ReaderId id);
  static program::Json card_event_of(const std::string& reader, const Card& card);
  void note_card(pcsc::ReaderId id, const Card& card);

  // What service_system.cpp has.
  void show_system(const cards::pcsc::Answer<cards::pcsc::ReaderStates>& states);
  void show_system_reader(const cards::pcsc::ReaderState& state);
  SystemReader* take_in(const std::string& name);
  bool is_full() const { return readers_.size() + system_readers_.size() >= kMaxReaders; }
  void drop_system_readers(const cards::pcsc::ReaderStates& but);
  SystemReader* find_system(pcsc::ReaderId id);
  void ask_system(pcsc::ResourceManager::Ask ask);
  void system_answered(pcsc::ResourceManager::Ask answer);

  void inserted(pcsc::ReaderId id, const protocol::iso7816::Atr& atr,
                std::size_t max_command) override;
  void removed(pcsc::ReaderId id) override;
  void responded(pcsc::ReaderId id, pcsc::ResourceManager::Answer answer) override;
  bool seen() const override { return manager_.settled(); }
  Result<std::string> add_beside(const std::string& name, const std::string& offered,
                                 std::shared_ptr<HostReader> reader) override;
  Result<> add_again(const std::string& name, std::shared_ptr<HostReader> reader) override;
  void remove(pcsc::ReaderId id) override;

  asio::any_io_executor executor_;
  program::Watchers& watchers_;
  pcsc::ResourceManager manager_;
  std::unique_ptr<chardev::SocketListener> listener_;
  std::map<pcsc::ConnectionId, Program> programs_;
  pcsc::ConnectionId asking_{};  ///< whose command goes to a card now
  std::map<pcsc::ReaderId, ServedReader> readers_;
  std::vector<std::weak_ptr<HostLine>> lines_;  ///< each lives in its coroutine
  std::optional<SystemReaders> system_;
  std::map<std::string, SystemReader> system_readers_;  ///< by their names
  std::set<std::string> left_out_;                      ///< … of those that are not shown
  bool system_known_ = false;
  bool system_lost_ = false;                 ///< and the user knows it
  std::map<pid_t, std::size_t> of_process_;  ///< connections
  bool told_full_ = false;
  protocol::Time tell_again_;  ///< of a program that connects
  std::size_t untold_ = 0;     ///< programs since then
  std::deque<pcsc::ResourceManager::Action> to_do_;
  bool performing_ = false;
  async::DeadlineLoop deadlines_;
  std::uint64_t last_connection_ = 0;
  std::uint32_t last_reader_ = 0;
  bool hushed_ = false;
  bool unseen_ = false;  ///< a card's client may wait until a change is seen
};

}  // namespace vscard::pcsc_bridge::serve
