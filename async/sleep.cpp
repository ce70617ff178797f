#include "async/sleep.hpp"

#include "async/event.hpp"

namespace vscard::async {

Awaitable<void> sleep(protocol::Duration duration) {
  Event never;
  co_await never.wait_for(duration);
}

}  // namespace vscard::async
