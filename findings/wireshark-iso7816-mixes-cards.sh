#!/usr/bin/env bash
# One would guess: Wireshark's ISO 7816 dissector, which writes "Response APDU (to Read binary)", looks
#   for the command in the same conversation: each card that was captured is an interface of its own.
# Real: it keeps one command for the whole file. With two cards at work at the same time a response is
#   said to answer the other card's command, and the next one no command at all.
# Where it matters: whoever looks at several cards in one capture, as CI with some readers does. The
#   text in the Info column is wrong there, and no filter on the interface mends it. What helps is a
#   file for each card: editcap or tshark can take the packets of one interface out of a capture.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folder; Python 3.
set -euo pipefail

packages=tshark=4.0.17-0+deb12u3,libwireshark16=4.0.17-0+deb12u3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$packages" bookworm root http://deb.debian.org/debian
echo "$packages"

# Two interfaces: SELECT on the first one, READ BINARY on the second, then each one's answer.
python3 - >root/two-cards.pcapng <<'END'
import struct, sys

EXPORTED_PDU = 252  # the link type
DISSECTOR, DIRECTION, END_OF_TAGS = 12, 35, 0
TO_CARD, FROM_CARD = 0, 1


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    sys.stdout.buffer.write(struct.pack("<I", kind) + size + body + size)


def packet(interface, direction, apdu):
    data = struct.pack(">HH8sHHIHH", DISSECTOR, 8, b"iso7816\0", DIRECTION, 4, direction, END_OF_TAGS, 0)
    data += bytes.fromhex(apdu)
    block(6, struct.pack("<IIIII", interface, 0, 0, len(data), len(data)) + data)


block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
for card in range(2):
    block(1, struct.pack("<HHI", EXPORTED_PDU, 0, 0))
packet(0, TO_CARD, "00a4040007a0000000790100")
packet(1, TO_CARD, "00b0000004")
packet(0, FROM_CARD, "9000")
packet(1, FROM_CARD, "010203049000")
END
show() { chroot root /usr/bin/tshark -r /two-cards.pcapng -T fields -e frame.interface_id -e _ws.col.Info 2>/dev/null; }
seen=$(show)
echo "$seen"
[[ $seen == "$(printf '%s\t%s\n' 0 'Select file' 1 'Read binary, offset 0' \
  0 'Response APDU (to Read binary)' 1 'Response APDU')" ]]
# Output seen:
#   0	Select file
#   1	Read binary, offset 0
#   0	Response APDU (to Read binary)
#   1	Response APDU
