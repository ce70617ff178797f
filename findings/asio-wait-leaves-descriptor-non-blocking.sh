#!/usr/bin/env bash
# One would guess: a posix::stream_descriptor that is only waited for with async_wait() leaves the
#   descriptor's flags alone, since no byte is read through it, and that release() gives back what
#   assign() took.
# Real: the first async_wait() sets O_NONBLOCK, and neither release() nor the end of the object takes
#   it back. The flag belongs to the open file: dup()ed descriptors and other processes have it, too.
# Where it matters: standard input. A program that waits for its terminal so makes it non-blocking for
#   the shell and for its own standard error, also after its end: they get EAGAIN. What helps is a
#   file of one's own: open("/proc/self/fd/0") in place of the descriptor.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folder.
set -euo pipefail

packages=g++-12=12.2.0-14+deb12u1,libboost1.81-dev=1.81.0-5+deb12u1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$packages" bookworm root http://deb.debian.org/debian
echo "$packages"

cat >root/waiting.cpp <<'END'
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace asio = boost::asio;

const char* mode(int descriptor) {
  return (fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0 ? "non-blocking" : "blocking";
}

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const int other = dup(ends[0]);  // as a shell has the same terminal
  asio::io_context context;
  asio::posix::stream_descriptor input(context, ends[0]);
  std::printf("assigned: %s\n", mode(other));
  input.async_wait(asio::posix::stream_descriptor::wait_read, [](boost::system::error_code) {});
  std::printf("waited for: %s\n", mode(other));
  input.cancel();
  context.run();
  input.release();
  std::printf("released: %s\n", mode(other));
}
END
chroot root /usr/bin/g++-12 -std=c++20 -o /waiting /waiting.cpp -pthread
seen=$(chroot root /waiting)
echo "$seen"
[[ $seen == $'assigned: blocking\nwaited for: non-blocking\nreleased: non-blocking' ]]
# Output seen:
#   assigned: blocking
#   waited for: non-blocking
#   released: non-blocking
