#!/usr/bin/env bash
# One would guess: an option of CLI11 that is bound to a std::vector<std::string> gets each value as it
#   stands on the command line, since the shell has already cut it into words, and delimiter() is not
#   called.
# Real: a value that begins with "[" and ends with "]" is a list of its own: the brackets are taken off, and
#   it is cut at its commas. An option bound to one std::string gets the same value whole. Both in 2.1 and
#   in 2.4.
# Where it matters: an option that may be given more than once and takes an address: [::1] comes as ::1, and
#   with a port, [::1]:80, as it is. To make such an option repeatable changes the values that it gets.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >values.cpp <<'END'
#include <CLI/CLI.hpp>

#include <iostream>
#include <string>
#include <vector>

int main(int count, char** words) {
  CLI::App app;
  std::vector<std::string> many;
  std::string one;
  app.add_option("--listen", many)->take_all();
  app.add_option("--connect", one);
  CLI11_PARSE(app, count, words);
  std::cout << "one: " << one << ", many:";
  for (const std::string& value : many) std::cout << ' ' << value;
  std::cout << '\n';
}
END

look() { # RELEASE PACKAGE
  mmdebstrap --quiet --variant=extract --include="$2,base-files,g++" "$1" root http://deb.debian.org/debian
  cp values.cpp root/
  chroot root g++ -std=c++17 -o /values /values.cpp
  echo "$2: $(chroot root /values --connect '[::1]' --listen '[::1]' --listen '[::1]:80' --listen '[a,b]')"
  rm -rf root
}

{
  look bookworm libcli11-dev=2.1.2+ds-1
  look trixie libcli11-dev=2.4.1+ds-2
} | tee seen
[[ $(grep -cF ': one: [::1], many: ::1 [::1]:80 a b' seen) == 2 ]]
# Output seen:
#   libcli11-dev=2.1.2+ds-1: one: [::1], many: ::1 [::1]:80 a b
#   libcli11-dev=2.4.1+ds-2: one: [::1], many: ::1 [::1]:80 a b
