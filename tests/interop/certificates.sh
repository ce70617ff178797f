#!/usr/bin/env bash
# Which certificates are on a card, with databases and tokens as users make them with NSS's tools,
# OpenSSL and SoftHSM; a guest's view of them is that of OpenSC in `pcsc-bridge run`. The environment
# names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

# says PATTERN CARD [COMMAND...]: what the card's client and the command print has the pattern.
says() {
  local pattern=$1 output
  (($# > 2)) || set -- "$@" true
  output=$(bridge --card "$2" -- "${@:3}" 2>&1) || true
  grep -q -e "$pattern" <<<"$output" || fail "$2: no '$pattern' in: $output"
}

# is_silent CARD: its client warns of nothing.
is_silent() {
  local output
  output=$(bridge --card "$1" -- true 2>&1)
  [[ ! $output ]] || fail "$1: $output"
}

# has CARD NAME...: these certificates are on the card, in this order, and no other.
has() {
  local card=$1 count
  shift
  rm -f read*.pem
  # shellcheck disable=SC2016  # expanded by the inner shell
  bridge --card "$card" -- sh -c '
    pkcs15-tool --list-certificates | grep -c "^X.509" >count
    for i in $(seq $(cat count)); do pkcs15-tool --read-certificate 000$i -o read$i.pem; done' \
    >/dev/null 2>&1
  count=$(<count)
  ((count == $#)) || fail "$card: $count certificates in place of $#"
  for ((i = 1; i <= count; ++i)); do
    cmp -s <(openssl x509 -in "read$i.pem" -outform DER) "${!i}.der" || fail "$card: $i is not ${!i}"
  done
}

# signs CARD NAME: the card's first key is that of the certificate.
signs() {
  echo data >data
  bridge --card "$1" -- pkcs11-tool --login --pin "$pin" --sign --id 0001 \
    --mechanism SHA256-RSA-PKCS -i data -o signature >/dev/null 2>&1
  openssl dgst -sha256 -verify <(openssl x509 -in "$2.pem" -noout -pubkey) -signature signature data \
    >/dev/null
}

# certify NAME SUBJECT EXTENSIONS [DAYS]: a certificate for the key NAME.key, from the CA.
certify() {
  openssl req -new -key "$1.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days "${4:-500}" -out "$1.pem" \
      -extfile <(printf '%b' "$3") 2>/dev/null
  openssl x509 -in "$1.pem" -outform DER -out "$1.der"
}

# make NAME SUBJECT EXTENSIONS KEY...: the same with a key, as openssl genpkey makes it.
make() {
  openssl genpkey -out "$1.key" "${@:4}" 2>/dev/null
  certify "${@:1:3}"
}

# database FOLDER NAME[:NICKNAME]...: an NSS database with these and their keys, in this order.
database() {
  local folder=$1 name friendly
  rm -rf "$folder" && mkdir "$folder" && echo "$pin" >pin
  certutil -N -d "sql:$folder" -f pin
  for name in "${@:2}"; do
    friendly=()
    [[ $name != *:* ]] || friendly=(-name "${name#*:}")
    name=${name%%:*}
    openssl pkcs12 -export -in "$name.pem" -inkey "$name.key" -out p12 -passout pass: "${friendly[@]}"
    pk12util -i p12 -d "sql:$folder" -W '' -k pin >/dev/null 2>&1
  done
}

serial() { openssl x509 -in "$1.pem" -noout -serial | cut -d= -f2; }
fingerprint() { openssl x509 -in "$1.pem" -noout -fingerprint "-$2" | cut -d= -f2; }

# serials CARD...: what OpenSC calls the serial numbers of these cards in one run, a line each.
serials() {
  local card arguments=()
  for card in "$@"; do arguments+=(--card "$card"); done
  bridge "${arguments[@]}" -- pkcs11-tool --list-slots 2>/dev/null | sed -n 's/^  serial num *: *//p'
}

cd "$work"
rsa=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)
login='keyUsage=digitalSignature\nextendedKeyUsage=clientAuth\nsubjectAltName=email:eva@corp.test\n'
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=CA -days 999 2>/dev/null
eva='/O=Corp/CN=Adams, Eva (Test:1)'
make encrypt "$eva" 'keyUsage=keyEncipherment\n' "${rsa[@]}"
make sign "$eva" 'keyUsage=digitalSignature,nonRepudiation\n' "${rsa[@]}"
make login "$eva" "$login" "${rsa[@]}"
database eva encrypt sign login
card=soft:db=$work/eva

step "each card has its own serial number, and keeps it"
"$CERTS_TEST" people --subject Alice --subject Bob --log-level warning >/dev/null
cards=("soft:db=$work/people/cards/alice/nssdb" "soft:db=$work/people/cards/bob/nssdb" "$card")
serials "${cards[@]}" >numbers
(($(sort -u numbers | grep -c '^[0-9a-f]\{16\}$') == 3)) || fail "serial numbers: $(<numbers)"
cmp numbers <(for it in "${cards[@]}"; do serials "$it"; done)

step "a wrong PIN is called so, whether the database is one's own or of test cards"
"$CERTS_TEST" made --log-level warning >/dev/null
for database in "$card" "soft:db=$work/made/cards/test-user/nssdb"; do
  says CKR_PIN_INCORRECT "$database" pkcs11-tool --login --pin 99999999 -O
  says 'SW1=0x63, SW2=0xCF' "$database" \
    opensc-tool --send-apdu 00:20:00:00:08:39:39:39:39:39:39:39:39
  says 'SW1=0x90, SW2=0x00' "$database" \
    opensc-tool --send-apdu 00:20:00:00:08:31:32:33:34:35:36:37:38
done

step "without cert=: in the order of use, whatever the order of the database"
has "$card" login sign encrypt
is_silent "$card"
signs "$card" login

step "without a certificate for signatures: the one for decryption is shown as such"
database two encrypt login
has "soft:db=$work/two" login encrypt
output=$(bridge --card "soft:db=$work/two" --log-level info -- true 2>&1)
[[ $output == *": encryption: "* && $output != *": signing: "* ]] || fail "$output"

step "certificates of one subject: which one is meant is asked, and the answer can be pasted"
nickname='Adams,, Eva (Test:1)'
output=$(bridge --card "$card,cert=$nickname" -- true 2>&1 || true)
[[ $output == *"names several certificates"* ]] || fail "$output"
for name in login sign encrypt; do
  grep -o "cert=$(serial "$name") " <<<"$output" >word || fail "no $name in: $output"
  has "$card,$(tr -d ' ' <word)" "$name"
done
signs "$card,cert=$(serial sign)" sign
says 'names the same certificate as' "$card,cert=$(serial sign),cert=$(fingerprint sign sha256)"

step "cert= takes an address, fingerprints and URIs"
has "$card,cert=eva@corp.test" login
has "$card,cert=$(fingerprint sign sha256),cert=$(fingerprint login sha1)" sign login
says 'allows no login' "$card,cert=$(serial encrypt)"

openssl pkcs12 -export -in login.pem -inkey login.key -out login.p12 -passout pass:

step "a nickname of any kind, and the URI of its id"
database odd login
has "soft:db=$work/odd,cert=$nickname" login
database odd 'login:a:b"c,(d)'
has "soft:db=$work/odd,cert=a:b\"c,,(d)" login
id=$(certutil -K -d sql:odd -f pin | sed -n 's/^<[^>]*> rsa *\([0-9a-f]*\) .*/\1/p')
# shellcheck disable=SC2001  # & of sed
has "soft:db=$work/odd,cert=pkcs11:token=NSS%20Certificate%20DB;id=$(sed 's/../%&/g' <<<"$id")" login

step "a renewed certificate of the same key takes the place of the one before"
cp login.key renewed.key
certify renewed "$eva" "$login" 600
database odd login:me
certutil -A -d sql:odd -n me -t ,, -i renewed.pem -f pin
has "soft:db=$work/odd" renewed
has "soft:db=$work/odd,cert=me" renewed
says 'NSS cannot tell the certificate' "soft:db=$work/odd,cert=$(serial login)"

step "a certificate that was renewed is on the card when it is put back in, also one of another key"
for it in "soft:db=$work/odd,cert=me" "libcacard:db=\"sql:$work/odd\" use_hw=no soft=(,reader,CAC,,me)"; do
  database odd login:me
  # shellcheck disable=SC2016  # expanded by the inner shell
  bridge --card "$it" -- bash -Eeuc '
    again() { vscclient ctl remove && vscclient ctl insert; }
    shown() { pkcs15-tool --read-certificate 0001 2>/dev/null | openssl x509 -noout -serial; }
    again && shown
    certutil -D -d sql:odd -n me
    certutil -A -d sql:odd -n me -t ,, -i renewed.pem -f pin
    again && shown
    certutil -F -d sql:odd -n me -f pin
    openssl pkcs12 -export -in sign.pem -inkey sign.key -name me -out p12 -passout pass:
    pk12util -i p12 -d sql:odd -W "" -k pin
    again && shown
    pkcs11-tool --login --pin 12345678 --sign --id 0001 --mechanism SHA256-RSA-PKCS -i pin -o signature' >said 2>&1 || fail "$(<said)"
  for name in login renewed sign; do echo "serial=$(serial "$name")"; done >expected
  grep '^serial=' said | cmp - expected || fail "$(<said)"
  openssl x509 -in sign.pem -noout -pubkey >sign.pub
  openssl dgst -sha256 -verify sign.pub -signature signature pin >/dev/null || fail "$(<said)"
done

step "what cannot work is said, with the reason"
make elliptic /CN=Elliptic "$login" -algorithm EC -pkeyopt ec_paramgen_curve:P-256
make long /CN=Long "$login" -algorithm RSA -pkeyopt rsa_keygen_bits:4096
make large /CN=Large "${login}1.2.3.4=ASN1:FORMAT:HEX,OCT:$(printf '%06600d' 0)\n" "${rsa[@]}"
"$CERTS_TEST" outdated --bad expired --bad not-yet-valid --log-level warning >/dev/null # newer OpenSSL makes none
make keyless /CN=Keyless "$login" "${rsa[@]}"
database mixed elliptic long large login
certutil -A -d sql:mixed -n keyless -t ,, -i keyless.pem -f pin
certutil -A -d sql:mixed -n ca -t ,, -i ca.pem -f pin
mixed=soft:db=$work/mixed
says 'identity: OpenSC has no private key for an EC key' "$mixed,cert=Elliptic"
says 'identity: OpenSC cannot use an RSA key of more than 3072 bits' "$mixed,cert=Long"
says 'identity: it has [0-9]* bytes, and OpenSC reads at most 4095' "$mixed,cert=Large"
for bad in expired not-yet-valid; do
  for name in id sign enc; do
    openssl x509 -in "outdated/bad/$bad/$name.pem" -outform DER -out "$bad-$name.der"
  done
  has "soft:db=$work/outdated/bad/$bad/nssdb" "$bad"-{id,sign,enc}
done
says 'identity: it expired on' "soft:db=$work/outdated/bad/expired/nssdb"
says 'identity: it is not valid before' "soft:db=$work/outdated/bad/not-yet-valid/nssdb"
says 'identity: its key is not there' "$mixed,cert=keyless"
says 'identity: it is the certificate of a CA' "$mixed,cert=ca"
mkdir none && certutil -N -d sql:none -f pin
certutil -A -d sql:none -n keyless -t ,, -i keyless.pem -f pin
says 'no certificate in the database in .*/none has its key; it has keyless' "soft:db=$work/none"

step "a file in place of a folder"
says "login.p12 is a file, .* say --card soft:p12=.*login.p12" soft:db=login.p12

step "a disk that is full is called so, and nothing is left on it"
if [[ $(id -u) == 0 ]]; then
  mkdir small
  for size in 64k 100k 130k; do
    mount -t tmpfs -o "size=$size" none small 2>/dev/null || break
    said=$("$CERTS_TEST" small/cards --log-level warning 2>&1) || true
    left=$(ls -A small)
    umount small
    [[ $said == *": the disk is full; "* && ! $left ]] || fail "$size: $said; left: $left"
  done
fi

step "at most ten certificates"
names=()
for i in {1..11}; do
  openssl genpkey -out "many$i.key" "${rsa[@]}" 2>/dev/null
  certify "many$i" "/CN=Many $i" "$login"
  names+=("many$i")
done
database many "${names[@]}"
says '11 certificates of the database .* are more than the 10' "soft:db=$work/many"
database many "${names[@]:0:10}"
says '10$' "soft:db=$work/many" sh -c 'pkcs15-tool --list-certificates 2>/dev/null | grep -c "^X.509"'

step "a dbm database is converted as the line says"
mkdir old
certutil -N -d dbm:old -f pin
openssl pkcs12 -export -in login.pem -inkey login.key -name me -out p12 -passout pass:
pk12util -i p12 -d dbm:old -W '' -k pin >/dev/null
says 'has the old form, cert8.db.*certutil -K -X -d sql:' "soft:db=$work/old,cert=me"
certutil -K -X -d sql:old -f pin >/dev/null
has "soft:db=$work/old,cert=me" login
signs "soft:db=$work/old,cert=me" login

step "tokens: in the order of use, whatever SoftHSM's is; by their labels"
module=/usr/lib/softhsm/libsofthsm2.so
export SOFTHSM2_CONF=$work/softhsm2.conf
mkdir tokens modules
printf 'directories.tokendir = %s\nslots.removable = true\n' "$work/tokens" >"$SOFTHSM2_CONF"
certutil -N -d sql:modules --empty-password
modutil -force -dbdir sql:modules -add softhsm -libfile "$module" >/dev/null 2>&1

# token LABEL NAME...: a token with these certificates and their keys.
token() {
  local name id=1
  softhsm2-util --init-token --free --label "$1" --pin "$pin" --so-pin 87654321 >/dev/null
  for name in "${@:2}"; do
    softhsm2-util --import "$name.key" --token "$1" --label "$name" --id "0$id" --pin "$pin" >/dev/null
    pkcs11-tool --module "$module" --token-label "$1" --login --pin "$pin" --type cert \
      --write-object "$name.der" --label "$name" --id "0$id" >/dev/null 2>&1
    id=$((id + 1))
  done
}

for i in {1..4}; do
  token "Corp, token ($i)" encrypt login sign
  has "nss:db=$work/modules,slot=Corp*($i)" login sign encrypt
done
signs "nss:db=$work/modules,slot=*(2)" login
[[ $(serials "nss:db=$work/modules,slot=*(2)") == $(serials "$card") ]] ||
  fail "a token and a database with the same certificates have different serial numbers"
has "nss:db=$work/modules,slot=*(2),cert=sign,cert=$(serial login)" sign login
says "no token and no slot is named 'other'; there are token 'Corp" "nss:db=$work/modules,slot=other"
token keyonly
softhsm2-util --import login.key --token keyonly --label login --id 01 --pin "$pin" >/dev/null
says "token 'keyonly' has a key and no certificate" "nss:db=$work/modules,slot=keyonly"

step "a token that counts wrong PINs: tries are shown"
says 'SW1=0x63, SW2=0xC2' "nss:db=$work/modules,slot=*(3)" \
  opensc-tool --send-apdu 00:20:00:00:08:39:39:39:39:39:39:39:39
says CKR_PIN_INCORRECT "nss:db=$work/modules,slot=*(3)" pkcs11-tool --login --pin 99999999 -O
signs "nss:db=$work/modules,slot=*(3)" login

step "a token that is not removable"
sed -i '/removable/d' "$SOFTHSM2_CONF"
has "nss:db=$work/modules,slot=*(2)" login sign encrypt
