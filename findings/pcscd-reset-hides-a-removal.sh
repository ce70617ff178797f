#!/usr/bin/env bash
# One would guess: a card that is taken out leaves SCARD_W_REMOVED_CARD with each of its handles, until its
#   own program connects again.
# Real: when any other program calls SCardReconnect with SCARD_RESET_CARD on the empty reader, that call
#   fails with SCARD_E_NO_SMARTCARD, and still all the other handles say SCARD_W_RESET_CARD from then on:
#   the removal is not told any more. pcscd marks the handles as reset before it looks for a card.
# Where it matters: a program that logs its user out when the card goes, and connects again when the card
#   was reset, goes on instead: perhaps with another card. So whoever sees a reset has to look at the
#   reader's event counter, or at the card, before it trusts what it knew.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
daemon=''
trap '[[ ! $daemon ]] || kill "$daemon"; rm -rf "$work"' EXIT
cd "$work"

# Two programs have a card, which goes. One of them resets it; what is the other one told?
cat >ask.py <<'END'
import ctypes, socket, struct, threading, time

def card(link):
    def receive(size):
        data = b""
        while len(data) < size:
            data += link.recv(size - len(data)) or exit()
        return data
    while True:
        command = receive(struct.unpack(">H", receive(2))[0])
        if command == b"\x04":  # the ATR
            link.sendall(b"\x00\x02\x3b\x00")

pcsc = ctypes.CDLL("libpcsclite.so.1")
protocol, size = ctypes.c_ulong(), ctypes.c_ulong()

def connect(name):
    context, handle = ctypes.c_long(), ctypes.c_long()
    assert pcsc.SCardEstablishContext(2, None, None, ctypes.byref(context)) == 0
    if name is None:
        assert pcsc.SCardListReaders(context, None, None, ctypes.byref(size)) == 0
        names = ctypes.create_string_buffer(size.value)
        assert pcsc.SCardListReaders(context, None, names, ctypes.byref(size)) == 0
        name = names.value
    result = pcsc.SCardConnect(context, name, 2, 3, ctypes.byref(handle), ctypes.byref(protocol))
    return name, handle, result

def told(handle):
    return pcsc.SCardStatus(handle, None, None, None, None, None, None) & 0xffffffff

link = socket.create_connection(("127.0.0.1", 35001))
threading.Thread(target=card, args=(link,), daemon=True).start()
deadline = time.monotonic() + 10
name, one, result = connect(None)
while result != 0 and time.monotonic() < deadline:
    time.sleep(0.2)
    name, one, result = connect(name)
other = connect(name)[1]
link.shutdown(socket.SHUT_RDWR)
while told(other) == 0 and time.monotonic() < deadline:
    time.sleep(0.2)
print(f"removed {told(other):08x};", end=" ")
result = pcsc.SCardReconnect(one, 2, 3, 1, ctypes.byref(protocol)) & 0xffffffff
print(f"reset by another {result:08x}; then {told(other):08x}")
END

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2" "$1" root http://deb.debian.org/debian
  mkdir -p root/readers root/run/pcscd
  cp ask.py root/
  printf 'FRIENDLYNAME "reader"\nDEVICENAME /dev/null:35001\nLIBPATH %s\nCHANNELID 35001\n' \
    /usr/lib/pcsc/drivers/serial/libifdvpcd.so >root/readers/one
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
# SCARD_W_REMOVED_CARD, SCARD_E_NO_SMARTCARD, SCARD_W_RESET_CARD
[[ $(grep -c ': removed 80100069; reset by another 8010000c; then 80100068$' seen) == 2 ]]
# Output seen:
#   pcscd=1.9.9-2: removed 80100069; reset by another 8010000c; then 80100068
#   pcscd=2.3.3-1: removed 80100069; reset by another 8010000c; then 80100068
