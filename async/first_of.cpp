#include "async/first_of.hpp"

#include "async/error.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <system_error>

namespace vscard::async::detail {
namespace {

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& thrown) {
    return std::error_code(thrown.code()) == aborted();
  } catch (...) {
    return false;
  }
}

/// Coroutines that run side by side. It lives as long as one of them runs: each holds it.
class Group {
 public:
  using Done = std::move_only_function<void(std::exception_ptr, std::size_t)>;

  Group(std::size_t size, Until until, Done done)
      : until_(until), running_(size), signals_(size), done_(std::move(done)) {}

  asio::cancellation_slot slot(std::size_t index) { return signals_[index].slot(); }

  void cancel(asio::cancellation_type type) {
    for (auto& signal : signals_) signal.emit(type);
  }

  void ended(std::size_t index, std::exception_ptr error) {
    --running_;
    if (!first_) first_ = index;
    const bool decides = until_ == Until::FirstEnds || error;
    if (decides && !std::exchange(decided_, true)) {
      error_ = std::move(error);
      cancel(asio::cancellation_type::all);
    } else if (error && !error_ && !is_cancellation(error)) {
      error_ = std::move(error);
    }
    if (running_ == 0) std::exchange(done_, {})(error_, *first_);
  }

 private:
  Until until_;
  std::size_t running_;
  std::vector<asio::cancellation_signal> signals_;
  Done done_;
  std::optional<std::size_t> first_;  ///< to end
  bool decided_ = false;              ///< the others are cancelled
  std::exception_ptr error_;
};

/// What is told of the end of one of them.
class Member {
 public:
  Member(std::shared_ptr<Group> group, std::size_t index)
      : group_(std::move(group)), index_(index) {}

  // As Asio looks for it.
  using cancellation_slot_type = asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept { return group_->slot(index_); }

  void operator()(std::exception_ptr error) { group_->ended(index_, std::move(error)); }

 private:
  std::shared_ptr<Group> group_;
  std::size_t index_;
};

}  // namespace

Awaitable<std::size_t> run_together(std::vector<Awaitable<void>> works, Until until) {
  auto start = [until](auto handler, std::vector<Awaitable<void>> all) {
    const auto executor = asio::get_associated_executor(handler);
    auto slot = asio::get_associated_cancellation_slot(handler);
    const auto group = std::make_shared<Group>(all.size(), until, std::move(handler));
    if (slot.is_connected()) {
      // The one that cancels may be held by what is held by the group.
      slot.assign([weak = std::weak_ptr(group)](asio::cancellation_type type) {
        if (const auto cancelled = weak.lock()) cancelled->cancel(type);
      });
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      asio::co_spawn(executor, std::move(all[i]), Member(group, i));
    }
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::size_t)>(
      std::move(start), asio::use_awaitable, std::move(works));
}

Awaitable<void> first_end(std::vector<Awaitable<void>> works) {
  co_await run_together(std::move(works), Until::FirstEnds);
}

Awaitable<void> all_ends(std::vector<Awaitable<void>> works) {
  co_await run_together(std::move(works), Until::AllEnd);
}

}  // namespace vscard::async::detail
