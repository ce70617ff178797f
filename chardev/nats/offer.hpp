#pragma once

#include "chardev/lending.hpp"
#include "chardev/nats/bus.hpp"
#include "chardev/nats/stream.hpp"
#include "chardev/nats/waiting_line.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::chardev::nats {

/// What one listener has: streams for those who ask for one under a name. In a pool others offer
/// streams under that name, too; there each of them has one at a time, which it lends. A Desk says
/// to whom. Shared by its listener and, weakly, by its streams and the desk: the three end at
/// different times.
class Offer final : public Lending, public std::enable_shared_from_this<Offer> {
 public:
  /// `address` is what log lines call it.
  Offer(std::shared_ptr<Bus> bus, ServerSpec spec, std::string address);

  /// The next stream that was asked for; null: none yet.
  std::unique_ptr<Stream> take();
  /// What take() gives may be another.
  async::Event& changed() { return changed_; }

  std::string pool() const override { return spec_.name; }
  std::vector<std::string> labels() const override { return spec_.labels; }
  std::optional<Lease> lease() const override;
  std::vector<chardev::Waiting> line() const override;
  std::uint64_t lent() const override { return lent_; }
  void allow(Leases leases) override;
  Leases allowed() const override { return allowed_; }
  bool release() override;

  // For the desk.

  struct Surroundings {
    /// A stream has ended, or may be had again.
    std::function<void()> freed = [] {};
    std::function<std::vector<Waiter>()> waiters = [] { return std::vector<Waiter>(); };
  };
  void set(Surroundings surroundings) { surroundings_ = std::move(surroundings); }
  /// Lets go of streams that ended before anybody took them.
  void forget_ended();
  /// Could somebody have a stream now?
  bool free() const;
  /// Has it all these labels?
  bool fits(const std::vector<std::string>& labels) const;
  /// May this process have a stream now? Why not, as part of a log line; empty: it may.
  std::string refusal(const std::string& process) const;
  /// The last stream broke, and the process that had it has a moment to come back.
  bool kept() const;
  bool kept_for(const std::string& process) const;
  /// … which begins now: until then nobody could come back.
  void keep_from_now();
  /// Offers a stream to who asks at that subject.
  NatsStream& lend(const std::string& subject);
  /// Was one offered to that subject, and not confirmed yet? Then it is offered again.
  bool lend_again(const std::string& subject);
  /// Asks the server whether those who have streams are still there.
  void check();
  /// Takes streams back whose lease is over.
  void end_overdue();

 private:
  /// A stream that has not ended.
  struct Given {
    NatsStream* stream;
    std::string subject;
    std::string peer;
    protocol::Time since;
  };
  struct Until {
    std::string process;
    protocol::Time time;
  };

  void end_lease(const Given& given);
  void stream_ended(const std::string& subject, const NatsStream::Ended& ended);
  void drop_one_waiting();

  std::shared_ptr<Bus> bus_;
  ServerSpec spec_;
  std::string address_;
  std::vector<Given> given_;
  Until resting_;  ///< its lease is over: others go before it
  Until kept_;     ///< its stream broke: it goes before others
  std::vector<std::unique_ptr<NatsStream>> waiting_;
  Leases allowed_ = Leases::New;
  std::uint64_t lent_ = 0;  ///< streams that were wanted
  Surroundings surroundings_;
  async::Event changed_;
};

/// The part of the subject of one who asks that all of its process have.
std::string process_of(const std::string& subject);

}  // namespace vscard::chardev::nats
