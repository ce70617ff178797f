#!/usr/bin/env bash
# One would guess: co_await (first ? one() : two()) makes one temporary and drops it once, as it does
#   outside of a co_await expression.
# Real: g++ 12 moves the temporary into the coroutine's frame and then drops the one that it was moved
#   from twice: three drops for two objects. What owns memory is freed twice, without a warning. clang++
#   makes and drops one. `if (first) co_await one(); else co_await two();` is right with both.
# Where it matters: every coroutine that is built with the compiler of Debian 12. Other temporaries
#   inside a co_await expression are fine; it is the conditional operator.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folder.
set -euo pipefail

packages=g++-12=12.2.0-14+deb12u1,clang-19=1:19.1.7-3~deb12u1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$packages" bookworm root http://deb.debian.org/debian
echo "$packages"

cat >root/conditional.cpp <<'END'
#include <coroutine>
#include <cstdio>

struct Counted {
  Counted() { ++made; }
  Counted(Counted&&) noexcept { ++made; }
  ~Counted() { ++dropped; }
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  void await_resume() const {}
  static inline int made = 0;
  static inline int dropped = 0;
};

struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

Counted one() { return {}; }
Counted two() { return {}; }

Coroutine conditional(bool first) { co_await (first ? one() : two()); }

int main() {
  conditional(true);
  std::printf("made %d, dropped %d\n", Counted::made, Counted::dropped);
}
END
seen=()
for compiler in g++-12 clang++-19; do
  chroot root "/usr/bin/$compiler" -std=c++20 -O0 -o /conditional /conditional.cpp
  seen+=("$compiler: $(chroot root /conditional)")
done
printf '%s\n' "${seen[@]}"
[[ ${seen[*]} == 'g++-12: made 2, dropped 3 clang++-19: made 1, dropped 1' ]]
# Output seen:
#   g++-12: made 2, dropped 3
#   clang++-19: made 1, dropped 1
