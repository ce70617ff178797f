#!/usr/bin/env bash
# What scripts/packages installs on which system; dpkg and apt are played.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# A system where nothing is installed, and one that has no dpkg.
mkdir "$work"/{debian,other}
printf '#!/bin/sh\nexit 1\n' >"$work/debian/dpkg-query"
# shellcheck disable=SC2016  # expanded by the script
printf '#!/bin/sh\n[ "$1" = update ] || echo "$@" >%q\n' "$work/installed" >"$work/debian/apt-get"
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec "$@"\n' >"$work/debian/sudo"
chmod +x "$work"/debian/*
for program in bash env awk dirname; do ln -s "$(command -v "$program")" "$work/other"; done

# on OS-RELEASE [PATH]: it fails as the script does. What that prints is in $said, what apt-get was told
# in $installed.
on() {
  local status=0
  rm -f "$work/installed"
  printf '%b' "$1" >"$work/os-release"
  said=$(PATH=${2:-$work/debian:$PATH} OS_RELEASE=$work/os-release ASSUME_YES=1 \
    scripts/packages build guest 2>&1) || status=$?
  installed=" $(cat "$work/installed" 2>/dev/null || true) "
  return "$status"
}

installs() { for package; do [[ $installed == *" $package "* ]] || fail "no $package in:$installed"; done; }
omits() { for package; do [[ $installed != *" $package "* ]] || fail "$package is in:$installed"; done; }
says() { [[ $said == *"$1"* ]] || fail "no '$1' in: $said"; }

on 'ID=debian\nVERSION_ID="12"\n'
installs g++ libboost1.81-dev qemu-system-x86
omits libboost-dev qemu-system-modules-spice gtest build
[[ $said != *tested* ]] || fail "$said"

on 'ID=debian\nVERSION_ID="13"\n'
installs g++ libboost-dev qemu-system-modules-spice
omits libboost1.81-dev

on 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\n'
installs g++ libboost-dev qemu-system-modules-spice
[[ $said != *tested* ]] || fail "$said"

for release in 24.04 26.04; do
  on "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"$release\"\n"
  installs libboost-dev linux-tools-generic
  omits libboost1.81-dev usbip
  [[ $said != *tested* ]] || fail "$said"
done

on 'PRETTY_NAME="Ubuntu 25.10"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="25.10"\n'
says 'Ubuntu 25.10 is not tested'
installs libboost-dev usbip

if on 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nID=debian\nVERSION_ID="11"\n'; then fail "11: $said"; fi
says 'Debian GNU/Linux 11 (bullseye) is too old'
[[ ! -e $work/installed ]] || fail "installed on 11"

on 'PRETTY_NAME="Fedora Linux 44"\nID=fedora\nVERSION_ID=44\n' "$work/other"
says 'Fedora Linux 44 is not tested'
says 'install what Debian 13 calls'
says 'libboost-dev'
[[ ! -e $work/installed ]] || fail "installed without apt"
