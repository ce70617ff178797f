#!/usr/bin/env bash
# One would guess: who gives the number of readers that it knows as the upper half of the state of
#   \\?PnP?\Notification is woken at once when there is another number, as with Windows.
# Real: 1.9 looks at nothing that it is given, and writes nothing back: with four readers and 0 known
#   it waits, so a reader that comes between the list and the call is not told. In 2.3 the upper half
#   is another count, which pcscd writes back: 3 where four readers have been there since the start.
#   SCardGetStatusChange then returns at once, each time, without an error. It waits if it is given
#   what it wrote. So both kinds of program differ.
# Where it matters: a program that waits for readers in a loop takes a whole core, and pcscd another;
#   with 1.9 it has to read the list again now and then, or waits for a reader that is there.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
daemon=''
trap '[[ ! $daemon ]] || kill "$daemon"; rm -rf "$work"' EXIT
cd "$work"

# Gives the number of readers, and then what PC/SC wrote.
cat >ask.py <<'END'
import ctypes, time

class State(ctypes.Structure):
    _fields_ = [("reader", ctypes.c_char_p), ("data", ctypes.c_void_p), ("known", ctypes.c_ulong),
                ("now", ctypes.c_ulong), ("size", ctypes.c_ulong), ("atr", ctypes.c_ubyte * 33)]

pcsc = ctypes.CDLL("libpcsclite.so.1")
context, size = ctypes.c_long(), ctypes.c_ulong()
assert pcsc.SCardEstablishContext(2, None, None, ctypes.byref(context)) == 0
pcsc.SCardListReaders(context, None, None, ctypes.byref(size))
names = ctypes.create_string_buffer(size.value)
assert pcsc.SCardListReaders(context, None, names, ctypes.byref(size)) == 0

def ask(known):
    state = State(rb"\\?PnP?\Notification", None, known << 16)
    start = time.monotonic()
    status = pcsc.SCardGetStatusChange(context, ctypes.c_ulong(1000), ctypes.byref(state), 1)
    waited = "waits" if time.monotonic() - start > 0.9 else "returns at once"
    written = state.now >> 16
    print(f" {known} known: {waited}, {status & 0xffffffff:08x}, {written} written;", end="")
    return written

readers = names.raw.rstrip(b"\0").count(b"\0") + 1
print(f"{readers} readers;", end="")
ask(ask(readers))
print()
END

reader() { # PORT: of vpcd, a driver without hardware, which makes two readers of it
  printf 'FRIENDLYNAME "reader %d"\nDEVICENAME /dev/null:%d\nLIBPATH %s\nCHANNELID %d\n' \
    "$1" "$1" /usr/lib/pcsc/drivers/serial/libifdvpcd.so "$1" >"root/readers/$1"
}

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2" "$1" root http://deb.debian.org/debian
  mkdir -p root/readers root/run/pcscd
  cp ask.py root/
  for port in 35001 35011; do reader $port; done
  local polkit=()
  ! grep -q disable-polkit root/usr/sbin/pcscd || polkit=(--disable-polkit)
  chroot root /usr/sbin/pcscd --foreground --config /readers "${polkit[@]}" >/dev/null 2>&1 &
  daemon=$!
  sleep 2
  echo "${2%%,*}: $(chroot root /usr/bin/python3 /ask.py)"
  kill "$daemon"
  wait "$daemon" || true
  daemon=''
  rm -rf root
}

{
  look bookworm pcscd=1.9.9-2,libpcsclite1=1.9.9-2,vsmartcard-vpcd=3.3+dfsg-2,python3
  look trixie pcscd=2.3.3-1,libpcsclite1=2.3.3-1,vsmartcard-vpcd=3.3+dfsg-2,python3
} | tee seen
grep -q '^pcscd=1.9.9-2: 4 readers; 4 known: waits, 8010000a, 0 written; 0 known: waits' seen
grep -q '^pcscd=2.3.3-1: .* 4 known: returns at once, 00000000, 3 written; 3 known: waits' seen
# Output seen:
#   pcscd=1.9.9-2: 4 readers; 4 known: waits, 8010000a, 0 written; 0 known: waits, 8010000a, 0 written;
#   pcscd=2.3.3-1: 4 readers; 4 known: returns at once, 00000000, 3 written; 3 known: waits, 8010000a, 3 written;
