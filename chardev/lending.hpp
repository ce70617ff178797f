#pragma once

#include "protocol/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace vscard::chardev {

/// Who has what a listener lends.
struct Lease {
  std::string holder;  ///< for people: as much as is known
  protocol::Time since;
  std::optional<protocol::Time> until;  ///< nothing: as long as it likes
};

/// Somebody who waits for it.
struct Waiting {
  std::string who;                  ///< likewise
  std::vector<std::string> labels;  ///< that are wanted
  protocol::Time since;
};

/// What a listener that lends its streams, one at a time, shows its user and lets them do. To be
/// used on the listener's executor.
class Lending {
 public:
  Lending() = default;
  Lending(const Lending&) = delete;
  Lending& operator=(const Lending&) = delete;
  virtual ~Lending() = default;

  virtual std::string pool() const = 0;  ///< its name
  virtual std::vector<std::string> labels() const = 0;
  virtual std::optional<Lease> lease() const = 0;
  /// Those that what is lent here fits, the first one first.
  virtual std::vector<Waiting> line() const = 0;
  /// How often it was lent.
  virtual std::uint64_t lent() const = 0;

  enum class Leases { New, OnlyThis };
  /// OnlyThis: when the lease has ended there is no further one.
  virtual void allow(Leases leases) = 0;
  virtual Leases allowed() const = 0;
  /// The lease ends now, with lease_over(). False: there is none.
  virtual bool release() = 0;
};

/// How a stream ends that was lent, where it is lent: its holder need not be waited for.
std::error_code lease_over();

}  // namespace vscard::chardev
