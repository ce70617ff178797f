#!/usr/bin/env bash
# One would guess: a reader whose driver is not installed is left out, and pcscd's other readers work;
#   so it is for a driver that is there and cannot be loaded. (reader.conf(5) says nothing of it.)
# Real: pcscd says "invalid directory … Success" for a LIBPATH that does not exist, and ends with
#   status 1, in 1.9.9 and in 2.3.3. One file below reader.conf.d is enough, of whatever package.
# Where it matters: a package that brings a driver and an entry in reader.conf.d. If the entry, a
#   configuration file, outlives the driver, the machine has no PC/SC service any more. pcscd skips
#   files whose names begin with a dot, so the entry can be set aside.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

reader() { # NAME LIBPATH
  printf 'FRIENDLYNAME "%s"\nDEVICENAME /dev/null:35001\nLIBPATH %s\nCHANNELID 1\n' "$1" "$2"
}

start() { # how pcscd ends within three seconds, and what it says of the driver
  local status=0
  timeout 3 chroot root /usr/sbin/pcscd --foreground --config /readers >said 2>&1 || status=$?
  ((status != 124)) || status='runs'
  echo "$status$(sed -n 's/.*\(invalid directory\).*: \(.*\)/, \1: \2/p' said | head -n 1)"
}

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2" "$1" root http://deb.debian.org/debian
  mkdir -p root/readers root/run/pcscd
  reader there /usr/lib/pcsc/drivers/serial/libifdvpcd.so >root/readers/there
  printf '%s: with a driver: %s; ' "${2%%,*}" "$(start)"
  echo none >root/none.so
  reader broken /none.so >root/readers/broken
  printf 'and one that cannot be loaded: %s; ' "$(start)"
  reader gone /usr/lib/gone.so >root/readers/broken
  printf 'and one that is not there: %s; ' "$(start)"
  mv root/readers/broken root/readers/.broken
  printf 'set aside: %s\n' "$(start)"
  rm -rf root
}

{
  look bookworm pcscd=1.9.9-2,libpcsclite1=1.9.9-2,vsmartcard-vpcd=3.3+dfsg-2
  look trixie pcscd=2.3.3-1,libpcsclite1=2.3.3-1,vsmartcard-vpcd=3.3+dfsg-2
} | tee seen
expected='with a driver: runs; and one that cannot be loaded: runs; and one that is not there: 1, invalid directory: Success; set aside: runs'
for version in 1.9.9-2 2.3.3-1; do grep -qxF "pcscd=$version: $expected" seen; done
# Output seen:
#   pcscd=1.9.9-2: with a driver: runs; and one that cannot be loaded: runs; and one that is not there: 1, invalid directory: Success; set aside: runs
#   pcscd=2.3.3-1: with a driver: runs; and one that cannot be loaded: runs; and one that is not there: 1, invalid directory: Success; set aside: runs
