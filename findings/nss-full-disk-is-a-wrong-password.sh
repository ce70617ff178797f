#!/usr/bin/env bash
# One would guess: when the disk is full, changing the password of an NSS database fails with an error of
#   input and output, or at least with a general one.
# Real: it is SEC_ERROR_BAD_PASSWORD, "The security password entered is incorrect", the very error that a
#   wrong old password gives. The database is unharmed: with some space again the same command works. Both
#   in 3.87 and in 3.110.
# Where it matters: a program that asks its user for the old password again, or counts wrong tries, does so
#   for a right one. To know the cause it has to check the old password by itself first.
# Needs: mmdebstrap, and root, for the root folders and a small file system.
set -euo pipefail

work=$(mktemp -d)
trap '! mountpoint -q "$work/root/small" || umount "$work/root/small"; rm -rf "$work"' EXIT
cd "$work"

change() { # FILE: of the old password; what certutil says, or "changed"
  local said
  if said=$(chroot root /usr/bin/certutil -W -d sql:/small/database -f "/$1" -@ /new 2>&1); then
    echo changed
  else
    grep -o 'SEC_ERROR_[A-Z_]*' <<<"$said"
  fi
}

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,base-files" "$1" root http://deb.debian.org/debian
  for word in old wrong new; do echo "the $word password" >root/$word; done
  mkdir root/small
  mount -t tmpfs -o size=200k tmpfs root/small
  mkdir root/small/database
  chroot root /usr/bin/certutil -N -d sql:/small/database -f /old
  printf '%s: wrong password: %s; ' "${2%%,*}" "$(change wrong)"
  dd if=/dev/zero of=root/small/rest bs=1k 2>/dev/null || true
  printf 'right one, disk full: %s; ' "$(change old)"
  rm root/small/rest
  printf 'with space: %s\n' "$(change old)"
  umount root/small
  rm -rf root
}

{
  look bookworm libnss3-tools=2:3.87.1-1+deb12u2,libnss3=2:3.87.1-1+deb12u2
  look trixie libnss3-tools=2:3.110-1+deb13u5,libnss3=2:3.110-1+deb13u5
} | tee seen
expected='wrong password: SEC_ERROR_BAD_PASSWORD; right one, disk full: SEC_ERROR_BAD_PASSWORD; with space: changed'
[[ $(grep -cF ": $expected" seen) == 2 ]]
# Output seen:
#   libnss3-tools=2:3.87.1-1+deb12u2: wrong password: SEC_ERROR_BAD_PASSWORD; right one, disk full: SEC_ERROR_BAD_PASSWORD; with space: changed
#   libnss3-tools=2:3.110-1+deb13u5: wrong password: SEC_ERROR_BAD_PASSWORD; right one, disk full: SEC_ERROR_BAD_PASSWORD; with space: changed
