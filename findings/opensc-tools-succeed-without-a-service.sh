#!/usr/bin/env bash
# One would guess: opensc-tool --list-readers fails where there is no PC/SC service, so that a script can wait
#   for one with "until opensc-tool --list-readers", and a health check sees that it is gone.
# Real: it says "No smart card readers found." and ends with status 0, as it does with a service that has no
#   reader. It fails only if libpcsclite is not installed. pkcs11-tool --list-slots ends with status 1, but does
#   so with a service without readers, too. Both in 0.23 and in 0.26.
# Where it matters: scripts, units and CI that start pcscd and then use a card: the wait ends at once, and the
#   first command races with the service. What waits is a connection to the service's socket, or a list with
#   the name of the reader in it.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# status PROGRAM...: its exit status in the root folder, in which no service runs.
status() { chroot root "$@" >said 2>&1 && echo 0 || echo $?; }

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,libpcsclite1,base-files,libc-bin" "$1" root http://deb.debian.org/debian
  printf '%s: list-readers %s, ' "$2" "$(status opensc-tool --list-readers)"
  grep -q 'No smart card readers found' said
  printf 'list-slots %s, ' "$(status pkcs11-tool --list-slots)"
  printf 'a card asked for %s\n' "$(status opensc-tool --atr)"
  rm -rf root
}

{
  look bookworm opensc=0.23.0-0.3+deb12u2
  look trixie opensc=0.26.1-2
} | tee seen
[[ $(grep -c ': list-readers 0, list-slots 1, a card asked for 1$' seen) == 2 ]]
# Output seen:
#   opensc=0.23.0-0.3+deb12u2: list-readers 0, list-slots 1, a card asked for 1
#   opensc=0.26.1-2: list-readers 0, list-slots 1, a card asked for 1
