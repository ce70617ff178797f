#!/usr/bin/env bash
# One would guess: Wireshark's ISO 7816 dissector shows the two things that every large object needs, a
#   length of two bytes (extended) and a command in pieces (chaining, bit 5 of the class), or says that it
#   cannot.
# Real: a READ BINARY of 1024 bytes is shown as Lc 0, Le 4, and an UPDATE BINARY of 300 bytes as Lc 0, Le 1,
#   without its data; neither is marked as malformed. The pieces of a chain but the last have a class
#   that is "reserved for future use": not even the instruction is shown. Both in 4.0 and in 4.4.
# Where it matters: whoever looks in a capture for the length that went wrong finds an invented one, and
#   filters on iso7816.apdu.ins pass over most of the pieces that carry keys and certificates.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folders; Python 3.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 - >commands.pcapng <<'END'
import struct, sys

EXPORTED_PDU = 252  # the link type
DISSECTOR, DIRECTION, END_OF_TAGS = 12, 35, 0
TO_CARD = 0


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    sys.stdout.buffer.write(struct.pack("<I", kind) + size + body + size)


def packet(apdu):
    data = struct.pack(">HH8sHHIHH", DISSECTOR, 8, b"iso7816\0", DIRECTION, 4, TO_CARD, END_OF_TAGS, 0)
    data += bytes.fromhex(apdu)
    block(6, struct.pack("<IIIII", 0, 0, 0, len(data), len(data)) + data)


block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
block(1, struct.pack("<HHI", EXPORTED_PDU, 0, 0))
packet("00b00000" "000400")               # READ BINARY, 1024 bytes
packet("00d60000" "00012c" + "55" * 300)  # UPDATE BINARY, 300 bytes
packet("10d60000" "03" "555555")          # the first piece of an UPDATE BINARY
packet("00d60003" "03" "555555")          # the last one
END

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,base-files" "$1" root http://deb.debian.org/debian
  cp commands.pcapng root/
  echo "${2%%,*}"
  chroot root /usr/bin/tshark -r /commands.pcapng -T fields -E separator=, 2>/dev/null \
    -e iso7816.apdu.ins -e iso7816.apdu.lc -e iso7816.apdu.le -e iso7816.apdu.body -e _ws.malformed |
    awk -F, '{ print "instruction <" $1 ">, Lc <" $2 ">, Le <" $3 ">, data <" $4 ">, malformed <" $5 ">" }' | tee shown
  [[ $(<shown) == "$expected" ]]
  rm -rf root
}

expected='instruction <0xb0>, Lc <0x00>, Le <0x04>, data <>, malformed <>
instruction <0xd6>, Lc <0x00>, Le <0x01>, data <>, malformed <>
instruction <>, Lc <>, Le <>, data <>, malformed <>
instruction <0xd6>, Lc <0x03>, Le <>, data <555555>, malformed <>'
look bookworm tshark=4.0.17-0+deb12u3,libwireshark16=4.0.17-0+deb12u3
look trixie tshark=4.4.19-0+deb13u1,libwireshark18=4.4.19-0+deb13u1
# Output seen:
#   tshark=4.0.17-0+deb12u3
#   instruction <0xb0>, Lc <0x00>, Le <0x04>, data <>, malformed <>
#   instruction <0xd6>, Lc <0x00>, Le <0x01>, data <>, malformed <>
#   instruction <>, Lc <>, Le <>, data <>, malformed <>
#   instruction <0xd6>, Lc <0x03>, Le <>, data <555555>, malformed <>
#   tshark=4.4.19-0+deb13u1
#   instruction <0xb0>, Lc <0x00>, Le <0x04>, data <>, malformed <>
#   instruction <0xd6>, Lc <0x00>, Le <0x01>, data <>, malformed <>
#   instruction <>, Lc <>, Le <>, data <>, malformed <>
#   instruction <0xd6>, Lc <0x03>, Le <>, data <555555>, malformed <>
