#pragma once

#include "async/awaitable.hpp"
#include "protocol/time.hpp"

namespace vscard::async {

Awaitable<void> sleep(protocol::Duration duration);

}  // namespace vscard::async
