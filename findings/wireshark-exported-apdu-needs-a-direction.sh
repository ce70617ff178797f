#!/usr/bin/env bash
# One would guess: a packet of the link type "exported PDU" whose only tag names the dissector, iso7816,
#   is handed to that dissector, as it is with the names of other protocols.
# Real: nothing but "data" is shown, and no word says why. The dissector takes only packets that have a
#   direction; with the tag for it, 35 (0 is to the card, 1 from it), the same bytes are an APDU.
# Where it matters: programs that write APDUs for Wireshark. Looking at this, one takes another road, as
#   GSMTAP over UDP with invented addresses and ports, which is not needed.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folder; Python 3.
set -euo pipefail

packages=tshark=4.0.17-0+deb12u3,libwireshark16=4.0.17-0+deb12u3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$packages" bookworm root http://deb.debian.org/debian
echo "$packages"

cat >write.py <<'END'
import struct, sys


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    sys.stdout.buffer.write(struct.pack("<I", kind) + size + body + size)


tags = struct.pack(">HH8s", 12, 8, b"iso7816\0")
if sys.argv[1:] == ["direction"]:
    tags += struct.pack(">HHI", 35, 4, 0)
data = tags + bytes(4) + bytes.fromhex("00a4040007a0000000790100")
block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
block(1, struct.pack("<HHI", 252, 0, 0))
block(6, struct.pack("<IIIII", 0, 0, 0, len(data), len(data)) + data)
END
python3 write.py >root/without.pcapng
python3 write.py direction >root/with.pcapng
layers() { chroot root /usr/bin/tshark -r "/$1.pcapng" -T fields -e frame.protocols 2>/dev/null; }
seen="without a direction: $(layers without), with one: $(layers with)"
echo "$seen"
[[ $seen == 'without a direction: exported_pdu:data, with one: exported_pdu:iso7816' ]]
# Output seen:
#   without a direction: exported_pdu:data, with one: exported_pdu:iso7816
