#!/usr/bin/env bash
# Cards of the files that people have, in `pcsc-bridge run`: PKCS#12 of this machine's programs, PEM.
# The environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
cd "$work"
p256=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)

# issue NAME KEY...: NAME.key and NAME.pem, issued by the CA.
issue() {
  openssl req -new -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr" "${@:2}" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -out "$1.pem" 2>/dev/null
  openssl x509 -in "$1.pem" -noout -pubkey >"$1.pub"
}
# signs CARD ID NAME [OPTION...]: the card's key is that of NAME.
signs() {
  local card=$1 id=$2 name=$3
  rm -f signature
  bridge --card "$card" -- pkcs11-tool --login --pin "$pin" --sign --id "$id" -i letter -o signature \
    "${@:4}" >said 2>&1 || fail "$card: $(<said)"
  openssl dgst -sha256 -verify "$name.pub" -signature signature letter >/dev/null || fail "$card: a wrong signature"
}
# refuses PATTERN CARD: one line says why.
refuses() {
  local said
  if said=$(bridge --card "$2" -- true 2>&1); then fail "$2 is taken"; fi
  grep -q -e "$1" <<<"$said" || fail "$2: $said"
}

head -c 500 /dev/urandom >letter
openssl req -x509 "${p256[@]}" -nodes -keyout ca.key -out ca.pem -subj "/CN=ca" 2>/dev/null
issue rsa -newkey rsa:2048
issue ec "${p256[@]}"
issue ed25519 -newkey ed25519
echo secret >password
rsa=(--mechanism SHA256-RSA-PKCS) ec=(--mechanism ECDSA-SHA256 --signature-format openssl)
export_of() { openssl pkcs12 -export -inkey "$1.key" -in "$1.pem" -certfile ca.pem -passout pass:secret "${@:2}"; }

step "PKCS#12 of openssl, pk12util and certtool"
export_of rsa -out openssl.p12 -name "Größe 漢字"
export_of ec -legacy -out legacy.p12
mkdir nssdb
certutil -N -d sql:nssdb --empty-password
pk12util -i openssl.p12 -d sql:nssdb -W secret >/dev/null
pk12util -o nss.p12 -n "$(certutil -K -d sql:nssdb | sed -n 's/.*[0-9a-f]\{40\} *//p')" -d sql:nssdb -W secret >/dev/null
certtool --to-p12 --load-privkey ec.key --load-certificate ec.pem --p12-name ec --password secret \
  --outder --outfile gnutls.p12 2>/dev/null
signs soft:p12=openssl.p12,password-file=password 01 rsa "${rsa[@]}"
signs soft:p12=nss.p12,password-file=password 01 rsa "${rsa[@]}"
signs soft:p12=gnutls.p12,password-file=password 01 ec "${ec[@]}"
signs soft:p12=legacy.p12,password-file=password,name=old 01 ec "${ec[@]}"

step "several keys, of files and of a folder; a password by a descriptor"
signs soft:p12=openssl.p12,p12=legacy.p12,password-file=password 02 ec "${ec[@]}"
mkdir folder && cp openssl.p12 folder/b.p12 && cp legacy.p12 folder/a.pfx
signs soft:p12=folder,password-fd=5 02 rsa "${rsa[@]}" 5<password

step "PEM"
signs soft:pem=rsa.pem,key=rsa.key,pem=ca.pem 01 rsa "${rsa[@]}"
openssl pkcs8 -topk8 -in ec.key -passout pass:secret -out encrypted.key
signs soft:pem=ec.pem,key=encrypted.key,password-file=password 01 ec "${ec[@]}"

step "the places are those of the usages; what has expired keeps its place, and is said"
"$CERTS_TEST" people --type piv --key p256 --bad expired --log-level warning >/dev/null
for name in sign id enc; do cat "people/bad/expired/$name.pem" "people/bad/expired/private/$name.key"; done >three.pem
# shellcheck disable=SC2016  # expanded by the inner shell
bridge --card soft:pem=three.pem --log-level info -- bash -Eeuc '
  for id in 01 02 03; do pkcs15-tool --read-certificate "$id" -o "read$id.pem"; done' >said 2>&1 || fail "$(<said)"
i=0
for name in id sign enc; do
  i=$((i + 1))
  cmp <(openssl x509 -in "read0$i.pem") <(openssl x509 -in "people/bad/expired/$name.pem") || fail "0$i is not $name"
done
grep -q 'warning: soft: 9A: it expired on ' said || fail "$(<said)"
bridge --card piv:dir=people/bad/expired/piv -- true >said 2>&1
grep -q 'warning: piv: 9A: it expired on ' said || fail "$(<said)"

step "a file that has changed is read again when the card is put back in; what is not readable changes nothing"
cp ec.pem me.pem
openssl x509 -in ec.pem -signkey ec.key -days 9 -out renewed.pem 2>/dev/null
# shellcheck disable=SC2016  # expanded by the inner shell
bridge --card soft:pem=me.pem,key=ec.key -- bash -Eeuc '
  shown() { pkcs15-tool --read-certificate 01 2>/dev/null | openssl x509; }
  again() { vscclient ctl remove && vscclient ctl insert; }
  shown >shown1
  echo half >me.pem && again
  shown >shown2
  cp renewed.pem me.pem && again
  shown >shown3
  pkcs11-tool --login --pin 12345678 --sign --id 01 --mechanism ECDSA-SHA256 --signature-format openssl \
    -i letter -o signature' >said 2>&1 || fail "$(<said)"
cmp shown1 <(openssl x509 -in ec.pem) || fail "$(<said)"
cmp shown2 shown1 || fail "$(<said)"
cmp shown3 <(openssl x509 -in renewed.pem) || fail "$(<said)"
openssl dgst -sha256 -verify ec.pub -signature signature letter >/dev/null || fail "a wrong signature"
grep -q 'warning: soft: the card stays as it was: me.pem: ' said || fail "$(<said)"
cp rsa.pem me.pem
bridge --card soft:pem=me.pem,key=rsa.key,as=cac -- bash -Eeuc '
  vscclient ctl remove && vscclient ctl insert && echo unchanged >&2
  touch me.pem
  vscclient ctl remove && vscclient ctl insert' >said 2>&1 || fail "$(<said)"
[[ $(<said) == unchanged*"warning: soft: its files have changed"*"start the program again"* ]] || fail "$(<said)"

step "what cannot be shown"
refuses 'has a file without its key; say --card soft:p12=openssl.p12' soft:openssl.p12
echo wrong >wrong
refuses ': wrong password$' soft:p12=openssl.p12,password-file=wrong
refuses 'a password is needed: say password-file=FILE' soft:p12=openssl.p12
refuses '(ED25519) is left out' soft:pem=ed25519.pem,key=ed25519.key
refuses 'has no certificate' soft:pem=rsa.key
refuses 'does not fit the certificate' soft:pem=rsa.pem,key=ec.key
refuses 'has no key here' soft:pem=rsa.pem
refuses 'it is PEM, not PKCS#12' soft:p12=rsa.pem
refuses 'the keys p12 and cert do not go together' soft:p12=openssl.p12,cert=rsa

step "as a CAC"
signs soft:pem=rsa.pem,key=rsa.key,as=cac 0001 rsa "${rsa[@]}"
signs soft:p12=folder,password-file=password,as=cac 0001 rsa "${rsa[@]}" # and a line about the EC key
grep -q '(P-256) is left out: programs use only RSA keys' said || fail "$(<said)"
refuses 'no key with a certificate that a CAC can show' soft:pem=ec.pem,key=ec.key,as=cac
if compgen -G '/dev/shm/vscard-cac-*'; then fail "a database is left in memory"; fi

# own NAME FILE: the public key of one of its certificates.
own() { openssl x509 -in "$XDG_STATE_HOME/vscard/soft-card/cards/soft-card/$2.pem" -noout -pubkey >"$1.pub"; }

step "one's own card: a PIV card, made by one of several, and used by all"
export XDG_STATE_HOME=$work/state
started=()
for _ in 1 2 3; do
  bridge -- pkcs15-tool --list-certificates >>listed 2>&1 &
  started+=($!)
done
for it in "${started[@]}"; do wait "$it"; done
(($(grep -c '^X.509' listed) == 9)) || fail "$(<listed)"
own own.id id && own own.sign sign
signs soft 01 own.id "${rsa[@]}"
signs soft 02 own.sign "${ec[@]}"
(($(bridge -- ssh-keygen -D /usr/lib/x86_64-linux-gnu/opensc-pkcs11.so 2>said | grep -c '^\(ssh-rsa\|ecdsa\)') >= 2)) ||
  fail "$(<said)"

step "one that an earlier version made stays a CAC"
export XDG_STATE_HOME=$work/old
mkdir -p old/vscard
"$CERTS_TEST" old/vscard/soft-card --subject 'Soft Card' --log-level warning >/dev/null
own own.id id
signs soft 0001 own.id "${rsa[@]}"
