#include "pcsc-bridge/serve/system_session.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::pcsc_bridge::serve {

/// What waited for another program's transaction may get its turn when its own program has gone.
void SystemSession::ask(pcsc::Request request,
                        std::move_only_function<void(pcsc::Request)> answered) {
  worker_.post([this, request = std::move(request), answered = std::move(answered)]() mutable {
    if (left_) return;
    calls_->make(request);
    if (!left_) {
      asio::post(executor_,
                 [request = std::move(request), answered = std::move(answered)]() mutable {
                   answered(std::move(request));
                 });
    } else if (const auto* begun = std::get_if<pcsc::Begin>(&request.call)) {
      calls_->let_go(begun->card);
    }
  });
}

void SystemSession::leave(std::move_only_function<void()> ended) {
  left_ = true;
  worker_.post(
      [this, ended = std::move(ended), guard = asio::make_work_guard(executor_)]() mutable {
        calls_.reset();
        asio::post(guard.get_executor(), std::move(ended));
      });
}

}  // namespace vscard::pcsc_bridge::serve
