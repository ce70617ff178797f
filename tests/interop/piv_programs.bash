# shellcheck shell=bash
# Runs in a guest with this machine's programs (with_own_programs of passthru.bash), where a new PIV
# card is in the reader, beside engine.cnf: filled and used with yubico-piv-tool, then used by ssh, openssl and curl.
set -Eeuo pipefail
trap 'echo "FAILED: $LINENO: $BASH_COMMAND" >&2' ERR

engine_config=$PWD/engine.cnf
cd "$(mktemp -d)"
export module pin
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
pin=654321
piv() { yubico-piv-tool --reader '' "$@"; }
refuses() { ! "$@" 2>&1 || { echo "succeeds: $*" >&2 && return 1; }; }
listens() { until (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do kill -0 "$2"; done; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=CA
echo letter >data

# fill SLOT ALGORITHM: a key that the card makes, and a certificate for it.
fill() {
  piv -a generate -s "$1" -A "$2" -o "$1.pub"
  openssl req -new -key ca.key -subj "/CN=Key $1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -force_pubkey "$1.pub" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem"
  piv -a import-certificate -s "$1" -i "$1.pem"
}

echo "-- yubico-piv-tool"
piv -a status | grep 'PIN tries left:.*3'
fill 9a ECCP256
fill 9d RSA2048
piv -a change-pin -P 123456 -N "$pin"
refuses piv -a verify-pin -P 123456
for slot in 9a 9d; do piv -a verify-pin -P "$pin" -a test-signature -s "$slot" -i "$slot.pem"; done
piv -a verify-pin -P "$pin" --sign -s 9a -A ECCP256 -H SHA256 -i data -o signature
openssl dgst -sha256 -verify 9a.pub -signature signature data
piv -a attest -s 9a | openssl x509 -noout -pubkey | cmp - 9a.pub
piv -a status | grep -c '^Slot' | grep -x 2

echo "-- ssh"
echo root:x:0:0::/root:/bin/sh >/etc/passwd
(umask 077 && mkdir -p ~/.ssh && ssh-keygen -D "$module" | grep ^ecdsa >~/.ssh/authorized_keys)
printf '#!/bin/sh\necho %s\n' "$pin" >askpass
chmod +x askpass
dropbearkey -t ed25519 -f host
dropbear -F -E -s -r host -p 127.0.0.1:22 &
listens 22 $!
SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh -F none -I "$module" -o StrictHostKeyChecking=no \
  -o UserKnownHostsFile=/dev/null root@127.0.0.1 echo logged in | grep -x 'logged in'
kill $!

engine=$(find /usr/lib -path '*/engines-3/pkcs11.so' -print -quit)
[[ $engine ]] || { echo "no libengine-pkcs11-openssl here: the rest is left out" && exit; }
key='pkcs11:id=%01;type=private'

echo "-- openssl cms"
OPENSSL_CONF=$engine_config openssl cms -sign -binary -in data -signer 9a.pem -inkey "$key" -engine pkcs11 -keyform engine \
  -outform DER -out signed
openssl cms -verify -binary -in signed -inform DER -CAfile ca.pem -content data -purpose any -out /dev/null

echo "-- curl"
openssl s_server -accept 127.0.0.1:443 -cert ca.pem -key ca.key -CAfile ca.pem -Verify 1 -verify_return_error -www &
listens 443 $!
OPENSSL_CONF=$engine_config curl -sS --insecure --cert 9a.pem --engine pkcs11 --key-type ENG --key "$key" https://127.0.0.1/ |
  grep 'Subject: CN=Key 9a'
kill $!
