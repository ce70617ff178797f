#!/usr/bin/env bash
# One would guess: gvnccapture, which takes one picture of a VNC desktop, lets those who are looking at it
#   look on; and if it did not, share=force-shared would make it share, as the name says.
# Real: it asks for the desktop for itself alone, and QEMU closes the connection of every other viewer. It
#   has no option to share, and its manual page does not say so. With force-shared, QEMU turns gvnccapture
#   away instead: no picture. Only share=ignore lets both in. So with gtk-vnc 1.3 and QEMU 7.2, and with
#   1.5 and 10.0.
# Where it matters: scripts and tests that take pictures of a machine while somebody works on it, or while
#   another program speaks to it over VNC.
# Needs: mmdebstrap and python3, and root (or unprivileged user namespaces) for the root folder.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A machine that does not run, and a viewer that shares and waits: is it still connected after a picture?
cat >look.py <<'END'
import socket, subprocess, time

def viewer():
    for _ in range(100):
        try:
            connection = socket.create_connection(("127.0.0.1", 5957), 1)
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    stream = connection.makefile("rwb", buffering=0)
    stream.read(12)
    stream.write(b"RFB 003.008\n")
    stream.read(stream.read(1)[0])
    stream.write(b"\x01")  # no password
    stream.read(4)
    stream.write(b"\x01")  # share
    assert len(stream.read(24 + 4)) == 28
    return connection

def look(options):
    machine = subprocess.Popen(
        ["chroot", "root", "/usr/bin/qemu-system-x86_64", "-S", "-accel", "tcg", "-m", "32", "-nodefaults",
         "-device", "VGA", "-display", "none", "-vnc", "127.0.0.1:57" + options])
    try:
        connection = viewer()
        connection.settimeout(3)
        capture = subprocess.run(["chroot", "root", "/usr/bin/gvnccapture", "--quiet", "127.0.0.1:57", "/picture.png"],
                                 stderr=subprocess.DEVNULL)
        picture = "a picture" if capture.returncode == 0 else "no picture"
        try:
            return f"{picture}, viewer {'thrown out' if connection.recv(4096) == b'' else 'stays'}"
        except TimeoutError:
            return f"{picture}, viewer stays"
    finally:
        machine.kill()
        machine.wait()

print(f"{look('')}; force-shared: {look(',share=force-shared')}; ignore: {look(',share=ignore')}")
END

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,base-files" "$1" root http://deb.debian.org/debian
  echo "${2%%,*}: $(python3 look.py)"
  rm -rf root
}

{
  look bookworm gvncviewer=1.3.1-1,libgvnc-1.0-0=1.3.1-1,qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
  look trixie gvncviewer=1.5.0-1,libgvnc-1.0-0=1.5.0-1,qemu-system-x86=1:10.0.13+ds-0+deb13u1
} | tee seen
expected='a picture, viewer thrown out; force-shared: no picture, viewer stays; ignore: a picture, viewer stays'
[[ $(grep -cF ": $expected" seen) == 2 ]]
# Output seen:
#   gvncviewer=1.3.1-1: a picture, viewer thrown out; force-shared: no picture, viewer stays; ignore: a picture, viewer stays
#   gvncviewer=1.5.0-1: a picture, viewer thrown out; force-shared: no picture, viewer stays; ignore: a picture, viewer stays
