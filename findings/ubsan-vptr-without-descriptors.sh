#!/usr/bin/env bash
# One would guess: what UBSan reports depends on the program's objects alone.
# Real: before it reads an object's vptr, the check asks the kernel whether the address can be read, and
#   opens a pipe for that. In a process that has no descriptor left it takes every object with virtual
#   functions for a broken one: "does not point to an object of type", "<memory cannot be printed>".
# Where it matters: tests that take all descriptors away, to see a program fail in order. With a
#   sanitizer they fail in sound code, as deep as in std::ifstream; -fno-sanitize=vptr, or no such
#   test under sanitizers, is what helps.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folder.
set -euo pipefail

packages=g++-12=12.2.0-14+deb12u1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$packages" bookworm root http://deb.debian.org/debian
echo "$packages"

cat >root/object.cpp <<'END'
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>

struct Base {
  virtual ~Base() = default;
  int value = 1;
};
struct Derived final : Base {};

int value_of(const Base& object) { return object.value; }

int main(int argc, char** argv) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (argc > 1) limit.rlim_cur = static_cast<rlim_t>(std::atoi(argv[1]));
  setrlimit(RLIMIT_NOFILE, &limit);
  const Derived object;
  std::printf("value %d\n", value_of(object));
}
END
chroot root /usr/bin/g++-12 -std=c++20 -fsanitize=undefined -o /object /object.cpp
# reports [LIMIT]: how often UBSan complains
reports() { chroot root /object "$@" 2>&1 | grep -c 'runtime error' || true; }
seen="all descriptors: $(reports), none: $(reports 0)"
echo "reports with $seen"
[[ $seen == 'all descriptors: 0, none: 3' ]]
# Output seen:
#   reports with all descriptors: 0, none: 3
