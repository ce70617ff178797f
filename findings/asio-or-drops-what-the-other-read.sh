#!/usr/bin/env bash
# One would guess: co_await (one.async_read_some(…) || other.async_read_some(…)) takes bytes from one of two
#   sockets. The operator cancels the other read, and a read that is cancelled has read nothing, so
#   what the other socket has is still there for the next read.
# Real: when both have bytes, both are read, since neither has to wait; the result of the second is thrown
#   away, and no error tells it. So it is with the channels of Asio, too: two messages are taken, one is
#   given. Both with Boost 1.81 and with 1.83.
# Where it matters: a relay, or a loop over two sources of events, loses bytes or messages under load and in
#   no quiet test. Waiting for two to be readable and reading afterwards loses nothing; of two channels
#   one must be a loop of its own.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >either.cpp <<'END'
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>

#include <array>
#include <cstdio>
#include <exception>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using Socket = asio::local::stream_protocol::socket;
using Channel = asio::experimental::channel<void(boost::system::error_code, int)>;

// Two sockets, each with a byte to read.
struct Sources {
  explicit Sources(asio::any_io_executor executor)
      : one(executor), other(executor), to_one(executor), to_other(executor) {
    asio::local::connect_pair(one, to_one);
    asio::local::connect_pair(other, to_other);
    asio::write(to_one, asio::buffer("1", 1));
    asio::write(to_other, asio::buffer("2", 1));
  }
  std::size_t left() const { return one.available() + other.available(); }
  Socket one, other, to_one, to_other;
};

asio::awaitable<void> either() {
  const auto executor = co_await asio::this_coro::executor;
  std::array<char, 8> buffer{};
  std::array<char, 8> another{};

  Sources read(executor);
  (void)co_await (read.one.async_read_some(asio::buffer(buffer), asio::use_awaitable) ||
                  read.other.async_read_some(asio::buffer(another), asio::use_awaitable));
  std::printf("sockets, one of two bytes read: %zu left; ", read.left());

  Channel one(executor, 1);
  Channel other(executor, 1);
  one.try_send(boost::system::error_code(), 1);
  other.try_send(boost::system::error_code(), 2);
  (void)co_await (one.async_receive(asio::use_awaitable) || other.async_receive(asio::use_awaitable));
  std::printf("channels, one of two messages: %d left; ", one.ready() + other.ready());

  Sources waited(executor);
  const auto readable = Socket::wait_read;
  const auto which = co_await (waited.one.async_wait(readable, asio::use_awaitable) ||
                               waited.other.async_wait(readable, asio::use_awaitable));
  Socket& first = which.index() == 0 ? waited.one : waited.other;
  co_await first.async_read_some(asio::buffer(buffer), asio::use_awaitable);
  std::printf("sockets, waited for, one read: %zu left\n", waited.left());
}

int main() {
  asio::io_context context;
  asio::co_spawn(context, either(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
}
END

look() { # RELEASE PACKAGE
  mmdebstrap --quiet --variant=extract --include="$2,base-files,g++" "$1" root http://deb.debian.org/debian
  cp either.cpp root/
  chroot root g++ -std=c++20 -pthread -o /either /either.cpp
  echo "$2: $(chroot root /either)"
  rm -rf root
}

{
  look bookworm libboost1.81-dev=1.81.0-5+deb12u1
  look trixie libboost1.83-dev=1.83.0-4.2
} | tee seen
expected='sockets, one of two bytes read: 0 left; channels, one of two messages: 0 left; sockets, waited for, one read: 1 left'
[[ $(grep -c ": $expected" seen) == 2 ]]
# Output seen:
#   libboost1.81-dev=1.81.0-5+deb12u1: sockets, one of two bytes read: 0 left; channels, one of two messages: 0 left; sockets, waited for, one read: 1 left
#   libboost1.83-dev=1.83.0-4.2: sockets, one of two bytes read: 0 left; channels, one of two messages: 0 left; sockets, waited for, one read: 1 left
