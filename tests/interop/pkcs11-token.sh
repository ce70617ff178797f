#!/usr/bin/env bash
# A PKCS#11 token, SoftHSM's, as a PIV card in `pcsc-bridge run`, by p11-kit and without an NSS database.
# The environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
cd "$work"
module=$(find /usr/lib -name libsofthsm2.so -print -quit)
opensc=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
export SOFTHSM2_CONF=$work/softhsm2.conf opensc
mkdir tokens
echo "directories.tokendir = $work/tokens" >softhsm2.conf
head -c 500 /dev/urandom >letter

# token LABEL
token() { softhsm2-util --init-token --free --label "$1" --pin "$pin" --so-pin 87654321 >/dev/null; }
# key TOKEN ID KEY...: a key, and a certificate that it signed.
key() {
  openssl req -x509 -nodes -keyout "$2.key" -out "$2.pem" -subj "/CN=Key $2" -days 9 \
    -addext basicConstraints=CA:FALSE "${@:3}" 2>/dev/null
  openssl x509 -in "$2.pem" -noout -pubkey >"$2.pub"
  openssl pkey -in "$2.key" -outform DER -out "$2.key.der"
  openssl x509 -in "$2.pem" -outform DER -out "$2.der"
  write "$1" "$2" --type privkey --write-object "$2.key.der" --usage-sign --usage-derive --usage-decrypt
  write "$1" "$2" --type cert --write-object "$2.der"
}
write() {
  pkcs11-tool --module "$module" --token-label "$1" --login --pin "$pin" --label "key $2" --id "$2" "${@:3}" \
    >said 2>&1 || fail "$(<said)"
}
# refuses PATTERN CARD: one line says why.
refuses() {
  local said
  if said=$(bridge --card "$2" -- true 2>&1); then fail "$2 is taken"; fi
  grep -q -e "$1" <<<"$said" || fail "$2: $said"
}
# in_card CARD: steps with it.
in_card() {
  cat >steps
  # shellcheck disable=SC2016  # expanded by the inner shell
  bridge --card "$1" -- bash -Eeuc 'tool() { pkcs11-tool --module "$opensc" --login --pin "$@"; }
source steps' >said 2>&1 || fail "$1: $(<said)"
}

token mine
key mine 01 -newkey rsa:2048
key mine 02 -newkey ec -pkeyopt ec_paramgen_curve:P-256
key mine 03 -newkey ec -pkeyopt ec_paramgen_curve:P-384

step "RSA and EC signatures, a shared secret, a wrong PIN"
in_card pkcs11:token=mine <<'END'
tool 12345678 --sign --id 01 -m SHA256-RSA-PKCS -i letter -o sig
openssl dgst -sha256 -verify 01.pub -signature sig letter
tool 12345678 --sign --id 01 -m SHA256-RSA-PKCS-PSS -i letter -o sig
openssl dgst -sha256 -verify 01.pub -sigopt rsa_padding_mode:pss -signature sig letter
tool 12345678 --sign --id 02 -m ECDSA-SHA256 --signature-format openssl -i letter -o sig
openssl dgst -sha256 -verify 02.pub -signature sig letter
! said=$(tool 99999999 --list-objects 2>&1)
[[ $said == *CKR_PIN_INCORRECT* ]]
openssl ecparam -name secp384r1 -genkey -noout -out other.key
openssl pkey -in other.key -pubout -outform DER -out other.der
tool 12345678 --derive --id 03 -m ECDH1-COFACTOR-DERIVE --input-file other.der -o derived
openssl pkeyutl -derive -inkey other.key -peerkey 03.pub -out secret
cmp derived secret
ssh-keygen -D "$opensc" | grep -c "^ecdsa\|^ssh-rsa" | grep -x 3
END

step "decryption"
head -c 100 letter | openssl pkeyutl -encrypt -pubin -inkey 01.pub -out encrypted
in_card "pkcs11:token=mine;object=key%2001?module-path=$module" <<'END'
tool 12345678 --decrypt --id 01 -m RSA-PKCS -i encrypted -o plain
cmp plain <(head -c 100 letter)
END

step "the places are those of the usages, whatever the ids"
token person
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
key person 31 "${ec[@]}" -addext keyUsage=digitalSignature,nonRepudiation -addext extendedKeyUsage=emailProtection
key person 78 "${ec[@]}" -addext keyUsage=digitalSignature -addext extendedKeyUsage=clientAuth
key person 99 "${ec[@]}" -addext keyUsage=keyAgreement
# shellcheck disable=SC2016  # expanded by the inner shell
bridge --card pkcs11:token=person --log-level info -- bash -Eeuc '
  for id in 01 02 03; do pkcs15-tool --read-certificate "$id" -o "read$id.pem"; done' >said 2>&1 || fail "$(<said)"
i=0
for id in 78 31 99; do
  i=$((i + 1))
  cmp <(openssl x509 -in "read0$i.pem" -outform DER) "$id.der" || fail "0$i is not $id: $(<said)"
done
[[ $(<said) == *"9A: CN=Key 78 (key 78), P-256, valid until "*"9C: CN=Key 31"*"9D: CN=Key 99"* ]] || fail "$(<said)"

step "a certificate that is renewed is shown when the card is put back in; an empty token changes nothing"
token renewed
key renewed 05 "${ec[@]}"
cp 05.der before.der
openssl x509 -in 05.pem -signkey 05.key -days 30 -outform DER -out after.der 2>/dev/null
export -f write fail
export module pin
# shellcheck disable=SC2016  # expanded by the inner shell
bridge --card pkcs11:token=renewed -- bash -Eeuc '
  shows() { cmp "$1" <(pkcs15-tool --read-certificate 01 2>/dev/null | openssl x509 -outform DER); }
  again() { vscclient ctl remove && vscclient ctl insert; }
  shows before.der
  pkcs11-tool --module "$module" --token-label renewed --login --pin "$pin" --delete-object --type cert --id 05
  again
  shows before.der
  write renewed 05 --type cert --write-object after.der
  again
  shows after.der
  pkcs11-tool --module "$opensc" --login --pin "$pin" --sign --id 01 -m ECDSA-SHA256 --signature-format openssl \
    -i letter -o sig
  openssl dgst -sha256 -verify 05.pub -signature sig letter' >renewed 2>&1 || fail "$(<renewed)"
[[ $(<renewed) == *"the card stays as it was: the token '"'renewed'"' has no key that a PIV card can show"* ]] || fail "$(<renewed)"

step "what cannot be shown"
refuses 'no such token; there are: pkcs11:.*token=mine' pkcs11:token=yours
refuses 'not a PKCS#11 URI' 'pkcs11:token=%'
refuses 'cannot load the PKCS#11 module /nowhere' 'pkcs11:?module-path=/nowhere'
token empty
refuses "the token 'empty' has no such certificate" pkcs11:token=empty
key empty 04 -newkey ec -pkeyopt ec_paramgen_curve:P-256
refuses 'names several tokens; choose one: pkcs11:.*, pkcs11:' pkcs11:
