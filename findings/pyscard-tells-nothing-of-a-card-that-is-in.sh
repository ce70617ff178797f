#!/usr/bin/env bash
# One would guess: whoever adds an observer to pyscard's CardMonitor is told of the card that is already in a
#   reader, as of one that comes, and later that it goes. So it is in 2.0.5, of Debian 12.
# Real: in 2.2.2, of Debian 13, the observer gets empty lists, and nothing more while the card stays in. Nor
#   is it told when that card is taken out: the monitor never had it. The next insertion is told.
# Where it matters: a program that starts with the card in its reader, as most do, waits for ever, and one
#   that locks a screen when the card goes does not lock it. It has to ask for the cards itself at the start.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
daemon=''
trap '[[ ! $daemon ]] || kill "$daemon"; rm -rf "$work"' EXIT
cd "$work"

cat >watch.py <<'END_OF_PROGRAM'
import contextlib
import os
import socket
import struct
import threading
import time

from smartcard.CardMonitoring import CardMonitor, CardObserver


class Card:
    """In vpcd's reader until it is taken out. It has an ATR, and no command is sent to it."""

    def __init__(self):
        self.link = socket.create_connection(("127.0.0.1", 35001))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(ConnectionError), self.link.makefile("rb") as incoming:
            while size := incoming.read(2):
                if incoming.read(*struct.unpack(">H", size)) == b"\x04":
                    self.link.sendall(b"\x00\x02\x3b\x00")

    def take_out(self):
        self.link.shutdown(socket.SHUT_RDWR)


class Told(CardObserver):
    def __init__(self):
        self.lines = []

    def update(self, observable, actions):
        came, went = actions
        self.lines += ["came"] * len(came) + ["went"] * len(went)

    def since_then(self):
        time.sleep(4)  # pcscd looks twice a second, a monitor once
        lines, self.lines = self.lines, []
        return " ".join(lines) or "nothing"


card = Card()
time.sleep(4)
told = Told()
CardMonitor().addObserver(told)
print("in at the start:", told.since_then(), end="; ")
card.take_out()
print("out:", told.since_then(), end="; ")
card = Card()
print("in again:", told.since_then(), flush=True)
os._exit(0)
END_OF_PROGRAM

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2" "$1" root http://deb.debian.org/debian
  mkdir -p root/readers root/run/pcscd
  cp watch.py root/
  printf 'FRIENDLYNAME "reader"\nDEVICENAME /dev/null:35001\nLIBPATH %s\nCHANNELID 35001\n' \
    /usr/lib/pcsc/drivers/serial/libifdvpcd.so >root/readers/one
  local polkit=()
  ! grep -q disable-polkit root/usr/sbin/pcscd || polkit=(--disable-polkit)
  chroot root /usr/sbin/pcscd --foreground --config /readers "${polkit[@]}" >/dev/null 2>&1 &
  daemon=$!
  sleep 2
  echo "${2%%,*}: $(chroot root /usr/bin/python3 /watch.py)"
  kill "$daemon"
  wait "$daemon" || true
  daemon=''
  rm -rf root
}

{
  look bookworm python3-pyscard=2.0.5-1+b2,pcscd=1.9.9-2,libpcsclite1=1.9.9-2,vsmartcard-vpcd=3.3+dfsg-2
  look trixie python3-pyscard=2.2.2-1,pcscd=2.3.3-1,libpcsclite1=2.3.3-1,vsmartcard-vpcd=3.3+dfsg-2
} | tee seen
grep -qx 'python3-pyscard=2.0.5.*: in at the start: came; out: went; in again: came' seen
grep -qx 'python3-pyscard=2.2.2.*: in at the start: nothing; out: nothing; in again: came' seen
# Output seen:
#   python3-pyscard=2.0.5-1+b2: in at the start: came; out: went; in again: came
#   python3-pyscard=2.2.2-1: in at the start: nothing; out: nothing; in again: came
