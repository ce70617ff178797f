#!/usr/bin/env bash
# One would guess: after vcard_emul_finalize() a program can call vcard_emul_options() and
#   vcard_emul_init() again, with another NSS database, and has the cards of that one.
# Real: vcard_emul_init() then returns 2, "already initialised", and the process has the readers and the
#   card of the first database, as if nothing had been said. The certificates of a card are those that the
#   first call found, for the life of the process; a new process has the others. In 2.8.0, of Debian 12
#   and of 13.
# Where it matters: a certificate that was renewed in the database, or a card that a user chooses later,
#   needs a new process, or the library loaded anew: dlclose() unloads it, if none of its threads runs.
#   A program that ignores the result of the second call shows the old card.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >cards.py <<'END'
import ctypes
import sys

cacard = ctypes.CDLL("libcacard.so.0")
for name in ("options", "init"):
    getattr(cacard, f"vcard_emul_{name}").restype = ctypes.c_void_p if name == "options" else ctypes.c_int
cacard.vreader_get_reader_by_name.restype = ctypes.c_void_p


def begin(database):
    text = f'db="sql:/{database}" use_hw=no soft=(,{database},CAC,,{database})'
    options = ctypes.c_void_p(cacard.vcard_emul_options(text.encode()))
    result = cacard.vcard_emul_init(options)
    readers = [name for name in ("first", "second") if cacard.vreader_get_reader_by_name(name.encode())]
    print(f"init with {database}: {result}, readers: {' '.join(readers)}", end="")


for step in sys.argv[1:]:
    if step == "finalize":
        cacard.vcard_emul_finalize()
        print("; finalize; ", end="")
    else:
        begin(step)
print()
END

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,python3,libpython3-stdlib,base-files" "$1" root http://deb.debian.org/debian
  cp cards.py root/
  head -c 64 /dev/urandom >root/noise
  for name in first second; do
    mkdir "root/$name"
    chroot root certutil -d "sql:/$name" -N --empty-password
    chroot root certutil -d "sql:/$name" -S -x -n "$name" -s "CN=$name" -t CT,, -z /noise >/dev/null 2>&1
  done
  printf '%s: ' "${2%%,*}"
  chroot root python3 /cards.py first finalize second
  chroot root python3 /cards.py second
  rm -rf root
}

{
  look bookworm libcacard0=1:2.8.0-3,libnss3-tools=2:3.87.1-1+deb12u2,libnss3=2:3.87.1-1+deb12u2
  look trixie libcacard0=1:2.8.0-3+b2,libnss3-tools=2:3.110-1+deb13u5,libnss3=2:3.110-1+deb13u5
} | tee seen
expected='init with first: 0, readers: first; finalize; init with second: 2, readers: first'
[[ $(grep -cF ": $expected" seen) == 2 ]]
[[ $(grep -cxF 'init with second: 0, readers: second' seen) == 2 ]]
# Output seen:
#   libcacard0=1:2.8.0-3: init with first: 0, readers: first; finalize; init with second: 2, readers: first
#   init with second: 0, readers: second
#   libcacard0=1:2.8.0-3+b2: init with first: 0, readers: first; finalize; init with second: 2, readers: first
#   init with second: 0, readers: second
