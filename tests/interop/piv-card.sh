#!/usr/bin/env bash
# Our PIV card in `pcsc-bridge run`: filled with yubico-piv-tool, used with OpenSC and OpenSSH, as
# docs/piv-card.md shows it. The environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

engine_config=$(realpath "$(dirname "$0")/engine.cnf")
cd "$work"
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
export engine_config module pin work
limit=120
head -c 1000 /dev/urandom >data
openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
  -subj /CN=CA -days 10 2>/dev/null

cat >steps.bash <<'END_OF_STEPS'
set -Eeuo pipefail
trap 'echo "FAILED: $LINENO: $BASH_COMMAND" >&2' ERR
piv() { yubico-piv-tool --reader vscard "$@"; }
sign() { pkcs11-tool --module "$module" --login --pin "$1" --sign --id "$2" -m "$3" -i data "${@:4}"; }
# refuses TEXT COMMAND...: it fails, and says so.
refuses() {
  local said
  ! said=$("${@:2}" 2>&1) || { echo "succeeds: ${*:2}: $said" >&2 && return 1; }
  [[ $said == *$1* ]] || { echo "${*:2}: $said" >&2 && return 1; }
}
# fill SLOT ALGORITHM: a key that the card makes, and a certificate for it.
fill() {
  piv -a generate -s "$1" -A "$2" -o "$1.pub"
  openssl req -new -key ca.key -subj "/CN=Key $1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -force_pubkey "$1.pub" -CA ca.pem -CAkey ca.key -CAcreateserial \
    -out "$1.pem" -days 9
  piv -a import-certificate -s "$1" -i "$1.pem"
}
END_OF_STEPS

# in_card TEXT: steps with the card of this test.
in_card() {
  cat steps.bash - >script.bash <<<"$1"
  bridge --card piv:dir="$work/card" -- bash script.bash >said 2>&1 || fail "$(<said)"
}

step "yubico-piv-tool fills a new card"
# shellcheck disable=SC2016  # expanded by the inner shell
in_card 'piv -a status | grep "PIN tries left:.*3"
fill 9a RSA2048
fill 9c ECCP256
fill 9d ECCP384
fill 9e ECCP256
openssl ecparam -name prime256v1 -genkey -noout -out 95.key
piv -a import-key -s 95 -i 95.key
openssl req -new -x509 -key 95.key -subj "/CN=Key 95" -out 95.pem -days 9
piv -a import-certificate -s 95 -i 95.pem
piv -a verify-pin -P 123456 -a test-signature -s 9a -i 9a.pem
piv -a verify-pin -P 123456 -a test-signature -s 9c -i 9c.pem
piv -a attest -s 9a >attested.pem
piv -a read-certificate -s f9 >issuer.pem
openssl verify -check_ss_sig -CAfile issuer.pem attested.pem
openssl x509 -in attested.pem -noout -pubkey | cmp - 9a.pub'

step "OpenSC: RSA and EC signatures, a shared secret, a retired key"
# shellcheck disable=SC2016
in_card 'pkcs15-tool --list-keys | grep -c "^Private" | grep -x 5
sign 123456 01 SHA256-RSA-PKCS -o 01.sig
openssl dgst -sha256 -verify 9a.pub -signature 01.sig data
for pair in 02:9c 04:9e; do
  sign 123456 "${pair%:*}" ECDSA-SHA256 --signature-format openssl -o ec.sig
  openssl dgst -sha256 -verify "${pair#*:}.pub" -signature ec.sig data
done
for key in 03:9d:secp384r1 24:95:prime256v1; do
  IFS=: read -r id slot curve <<<"$key"
  openssl ecparam -name "$curve" -genkey -noout -out other.key
  openssl pkey -in other.key -pubout -outform DER -out other.der
  pkcs11-tool --module "$module" --login --pin 123456 --derive --id "$id" -m ECDH1-COFACTOR-DERIVE \
    --input-file other.der -o derived
  openssl x509 -in "$slot.pem" -noout -pubkey >peer.pub
  openssl pkeyutl -derive -inkey other.key -peerkey peer.pub -out secret
  cmp derived secret
done
ssh-keygen -D "$module" | grep -c "^ecdsa\|^ssh-rsa" | grep -x 5'

step "PIN: changed, blocked, unblocked; what is kept"
# shellcheck disable=SC2016
in_card 'piv -a change-pin -P 123456 -N 654321
refuses "2 tries left" piv -a verify-pin -P 123456
refuses CKR_PIN_INCORRECT sign 000000 01 SHA256-RSA-PKCS'
# shellcheck disable=SC2016
in_card 'piv -a status | grep "PIN tries left:.*1"
refuses blocked piv -a verify-pin -P 999999
refuses blocked piv -a verify-pin -P 654321
pkcs15-tool --unblock-pin --puk 12345678 --new-pin 777777
sign 777777 01 SHA256-RSA-PKCS -o 01.sig
openssl dgst -sha256 -verify 9a.pub -signature 01.sig data'

step "a new management key; a card that starts over"
# shellcheck disable=SC2016
in_card 'key=0102030405060708010203040506070801020304050607ff
piv -a set-mgm-key -n "$key"
refuses authenticat piv -a set-chuid
piv -k"$key" -a set-chuid
for i in 1 2 3; do refuses "" piv -a verify-pin -P 999999; done
for i in 1 2 3; do refuses "" piv -a unblock-pin -P 99999999 -N 123456; done
piv -a reset
piv -a verify-pin -P 123456
status=$(piv -a status)
[[ $status == *"PIN tries left:"* && $status != *Slot* ]]'

step "OpenSC's piv-tool, of whose success the card tells, not its status"
# shellcheck disable=SC2016
in_card 'echo 01:02:03:04:05:06:07:08:01:02:03:04:05:06:07:08:01:02:03:04:05:06:07:08 >management.key
export PIV_EXT_AUTH_KEY=management.key
tool() { piv-tool --admin M:9B:03 "$@" || true; }
tool --genkey 9A:11
piv -a attest -s 9a | openssl x509 -noout -pubkey >9a.pub
openssl x509 -in 9a.csr -req -force_pubkey 9a.pub -CA ca.pem -CAkey ca.key -CAcreateserial -out 9a.pem -days 9
tool --cert 9A --in 9a.pem
cmp <(piv -a read-certificate -s 9a) <(openssl x509 -in 9a.pem)
sign 123456 01 ECDSA-SHA256 --signature-format openssl -o ec.sig
openssl dgst -sha256 -verify 9a.pub -signature ec.sig data'

step "a card of certs-test"
certs-test set --type piv --key p384 --bad revoked --log-level warning >/dev/null
for card in cards/test-user bad/revoked; do
  bridge --card piv:dir="set/$card/piv" -- pkcs11-tool --module "$module" --login --pin 12345678 --sign --id 01 \
    -m ECDSA-SHA384 --signature-format openssl -i data -o signature >said 2>&1 || fail "$(<said)"
  openssl x509 -in "set/$card/id.pem" -noout -pubkey >id.pub
  openssl dgst -sha384 -verify id.pub -signature signature data
done

step "a login by ssh, with the key of the card"
sshd=$(command -v sshd || command -v /usr/sbin/sshd || true)
[[ -d /run/sshd ]] || sshd= # to install and start one is up to this machine's owner
[[ $sshd ]] || echo "no sshd here: left out"
cat >sshd.conf <<END
AuthorizedKeysFile $work/authorized
HostKey $work/host
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
END
ssh-keygen -q -t ed25519 -N '' -f host
printf '#!/bin/sh\necho 12345678\n' >askpass
chmod +x askpass
export sshd
# shellcheck disable=SC2016  # expanded by the inner shell
[[ ! $sshd ]] || bridge --card piv:dir=set/cards/test-user/piv -- bash -euc '
ssh-keygen -D "$module" | head -n 1 >authorized
SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force ssh -F none -I "$module" \
  -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
  -o "ProxyCommand=$sshd -i -f $PWD/sshd.conf" "$(id -un)@here" echo logged in | grep -x "logged in"' \
  >said 2>&1 || fail "$(<said)"

step "openssl cms and a TLS login by curl, through the PKCS#11 engine"
certs-test tls --type piv --log-level warning >/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.pem -subj /CN=localhost -days 9 2>/dev/null
engine=$(find /usr/lib -path '*/engines-3/pkcs11.so' -print -quit)
[[ $engine ]] || echo "no libengine-pkcs11-openssl here: left out"
# shellcheck disable=SC2016
[[ ! $engine ]] || bridge --card piv:dir=tls/cards/test-user/piv -- bash -euc '
card=tls/cards/test-user key="pkcs11:id=%01;type=private"
by_card() { OPENSSL_CONF=$engine_config openssl "$@" -engine pkcs11 -keyform engine; }
by_card cms -sign -binary -in data -signer $card/id.pem -inkey "$key" -outform DER -out signed
openssl cms -verify -in signed -inform DER -CAfile tls/ca/ca.pem -content data -binary -purpose any -out /dev/null
openssl cms -encrypt -binary -in data -aes256 -outform DER -out encrypted $card/enc.pem
by_card cms -decrypt -in encrypted -inform DER -recip $card/enc.pem -inkey "pkcs11:id=%03;type=private" -out plain
cmp plain data
coproc openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -CAfile tls/ca/ca.pem \
  -Verify 1 -verify_return_error -www
until read -r -u "${COPROC[0]}" line && [[ $line == "ACCEPT "* ]]; do :; done
OPENSSL_CONF=$engine_config curl -sS --insecure --cert $card/id.pem --engine pkcs11 --key-type ENG --key "$key" \
  "https://${line#ACCEPT }/" | grep "Subject: CN=Test User"
kill "$COPROC_PID"' >said 2>&1 || fail "$(<said)"
