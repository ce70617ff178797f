#!/usr/bin/env bash
# One would guess: a program whose every source is compiled with -fcf-protection=full is marked for
#   CET (IBT, SHSTK) in its notes, since g++ and its own crtbegin.o are.
# Real: on Debian 12 it is not. glibc's start files (Scrt1.o, crti.o, crtn.o) carry no such note, and the
#   linker keeps a feature only if all inputs have it. It says so only with -z cet-report=error.
# Where it matters: a check of built files that looks for "IBT, SHSTK" fails for every program of
#   Debian 12, however it is built; look for endbr64 in the code instead, and promise no CET at run time.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folder; x86-64.
set -euo pipefail

packages=g++-12=12.2.0-14+deb12u1,libc6-dev=2.36-9+deb12u14

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$packages" bookworm root http://deb.debian.org/debian
echo "$packages"

echo 'int main() {}' >root/empty.cpp
build() { chroot root /usr/bin/g++-12 -fcf-protection=full "$@" /empty.cpp; }
# marked FILE: how often its notes name the features
marked() { chroot root /usr/bin/readelf --notes "$1" | grep -c 'IBT, SHSTK' || true; }
build -c -o /empty.o
build -o /empty
seen="object: $(marked /empty.o), program: $(marked /empty)"
echo "marked, $seen"
{ build -Wl,-z,cet-report=error -o /empty 2>&1 || true; } | sed -n 's|.*/\([a-zA-Z0-9]*\.o\): error: |  \1: |p' | tee without
[[ $seen == 'object: 1, program: 0' && $(cut -d: -f1 without | xargs) == 'Scrt1.o crti.o crtn.o' ]]
# Output seen:
#   marked, object: 1, program: 0
#     Scrt1.o: missing IBT and SHSTK properties
#     crti.o: missing IBT and SHSTK properties
#     crtn.o: missing IBT and SHSTK properties
