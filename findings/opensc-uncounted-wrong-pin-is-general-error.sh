#!/usr/bin/env bash
# One would guess: a card that answers a wrong PIN with the status 6300, which is how ISO 7816-4 writes
#   that the comparison has failed when the card does not tell the tries that are left, makes C_Login()
#   give CKR_PIN_INCORRECT, as one does that answers 63C2.
# Real: OpenSC gives CKR_GENERAL_ERROR, and takes only 63Cx for a wrong PIN. Both in 0.23 and in 0.26.
# Where it matters: programs ask for the PIN again after CKR_PIN_INCORRECT, and show anything else as a
#   broken card. So a card, or software that plays one, which does not count must answer with a number
#   all the same; who writes the program must not take CKR_GENERAL_ERROR for the end of the card.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
daemon='' card=''
trap '[[ ! $card ]] || kill "$card" || true; [[ ! $daemon ]] || kill "$daemon"; rm -rf "$work"' EXIT
cd "$work"

# A PIV card without objects but a name, whose PIN nobody knows, at vpcd's port.
cat >card.py <<'END'
import socket, struct, sys

AID = bytes.fromhex("a000000308")
NAME = bytes.fromhex("61114f0600001000010079074f05a0000003089000")
CERTIFICATE = open("/certificate", "rb").read()
rest = b""

def piece(most):
    global rest
    now, rest = rest[:most], rest[most:]
    return now + (bytes([0x61, min(len(rest), 255)]) if rest else b"\x90\0")

def answer(command):
    global rest
    if command[1] == 0xa4 and command[5:10] == AID:
        return NAME
    if command[1] == 0xcb and command[7:10].hex() == "5fc105":
        rest = CERTIFICATE
        return piece(command[-1] or 256)
    if command[1] == 0xc0:
        return piece(command[-1] or 256)
    if command[1] == 0x20:
        return bytes.fromhex("63c3" if len(command) < 6 else sys.argv[1])
    return b"\x6a\x82"

link = socket.create_connection(("127.0.0.1", 35001))
stream = link.makefile("rb")
while header := stream.read(2):
    command = stream.read(struct.unpack(">H", header)[0])
    if len(command) > 1 or command == b"\x04":
        said = b"\x3b\x80\x80\x01\x01" if len(command) == 1 else answer(command)
        link.sendall(struct.pack(">H", len(said)) + said)
END

# A certificate's data object: 53 { 70 { the certificate } 71 { not compressed } FE {} }
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -outform der -out certificate.der -days 2 -subj /CN=Alice 2>/dev/null
python3 - certificate.der >certificate <<'END'
import sys

def field(tag, value):
    return bytes([tag, 0x82]) + len(value).to_bytes(2, "big") + value

certificate = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(field(0x53, field(0x70, certificate) + bytes.fromhex("710100fe00")))
END

login() { # STATUS: what C_Login() gives when the card answers a PIN with it
  chroot root /usr/bin/python3 /card.py "$1" &
  card=$!
  sleep 2 # pcscd looks for a card now and then
  chroot root /usr/bin/pkcs11-tool --login --pin 123456 --list-objects 2>&1 | grep -o 'CKR_[A-Z_]*'
  kill "$card"
  wait "$card" || true
  card=''
}

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,base-files,python3" "$1" root http://deb.debian.org/debian
  mkdir -p root/readers root/run/pcscd
  cp card.py certificate root/
  printf 'FRIENDLYNAME "reader"\nDEVICENAME /dev/null:35001\nLIBPATH %s\nCHANNELID 35001\n' \
    /usr/lib/pcsc/drivers/serial/libifdvpcd.so >root/readers/one
  local polkit=()
  ! grep -q disable-polkit root/usr/sbin/pcscd || polkit=(--disable-polkit)
  chroot root /usr/sbin/pcscd --foreground --config /readers "${polkit[@]}" >/dev/null 2>&1 &
  daemon=$!
  sleep 2
  echo "${2%%,*}: 63C2: $(login 63c2); 6300: $(login 6300)"
  kill "$daemon"
  wait "$daemon" || true
  daemon=''
  rm -rf root
}

{
  look bookworm opensc=0.23.0-0.3+deb12u2,opensc-pkcs11=0.23.0-0.3+deb12u2,pcscd,vsmartcard-vpcd=3.3+dfsg-2
  look trixie opensc=0.26.1-2,opensc-pkcs11=0.26.1-2,pcscd,vsmartcard-vpcd=3.3+dfsg-2
} | tee seen
[[ $(grep -c ': 63C2: CKR_PIN_INCORRECT; 6300: CKR_GENERAL_ERROR$' seen) == 2 ]]
# Output seen:
#   opensc=0.23.0-0.3+deb12u2: 63C2: CKR_PIN_INCORRECT; 6300: CKR_GENERAL_ERROR
#   opensc=0.26.1-2: 63C2: CKR_PIN_INCORRECT; 6300: CKR_GENERAL_ERROR
