#!/usr/bin/env bash
# One would guess: QEMU says its usbredir hello as soon as the chardev of a usb-redir device is
#   connected, since the protocol has both sides send it first.
# Real: QEMU writes nothing to that chardev while its machine does not run. A machine that was started
#   with -S connects, and says its hello after `cont`, however late that is; likewise a machine that
#   waits for a migration.
# Where it matters: who exports a USB device must not take a silent connection for a dead one. A
#   time limit for the hello would cut off every machine that is paused before it first runs.
# Needs: mmdebstrap and python3, and root (or unprivileged user namespaces) for the root folder.
set -euo pipefail

package=qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
silence=5 # seconds

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mmdebstrap --quiet --variant=extract --include="$package" bookworm root http://deb.debian.org/debian
echo "$package"

cat >guest.py <<'END'
import json, socket, subprocess, sys

silence = float(sys.argv[1])
listener = socket.socket(socket.AF_UNIX)
listener.bind("root/reader")
listener.listen()
machine = subprocess.Popen(
    ["chroot", "root", "/usr/bin/qemu-system-x86_64", "-S", "-accel", "tcg", "-m", "32",
     "-display", "none", "-nodefaults", "-device", "qemu-xhci",
     "-chardev", "socket,id=reader,path=/reader", "-device", "usb-redir,chardev=reader",
     "-qmp", "unix:/monitor,server=on,wait=off"])
try:
    listener.settimeout(60)
    connection, _ = listener.accept()
    connection.settimeout(silence)
    try:
        early = connection.recv(4096)
    except TimeoutError:
        early = b""
    print(f"connected, not running, {silence:.0f} s: {len(early)} bytes")
    monitor = socket.socket(socket.AF_UNIX)
    monitor.connect("root/monitor")
    words = monitor.makefile("rw")
    words.readline()
    for command in "qmp_capabilities", "cont":
        words.write(json.dumps({"execute": command}) + "\n")
        words.flush()
        words.readline()
    hello = connection.recv(4096)
    print(f"after cont: {len(hello)} bytes, type {int.from_bytes(hello[:4], 'little')},",
          hello[12:76].rstrip(b"\0").decode())
    sys.exit(0 if not early and hello[12:].startswith(b"qemu usb-redir guest") else 1)
finally:
    machine.kill()
END
python3 guest.py "$silence"
# Output seen:
#   connected, not running, 5 s: 0 bytes
#   after cont: 80 bytes, type 0, qemu usb-redir guest 7.2.22
