#!/usr/bin/env bash
# Makes the files of this folder again, with this machine's programs: openssl, keytool, pk12util,
# certtool. Their versions are in the files' names. The password is "secret" unless a name says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# issue NAME SUBJECT ISSUER EXTENSION KEY...: a key and its certificate.
issue() {
  local name=$1 subject=$2 issuer=$3 extension=$4
  openssl req -new -nodes -keyout "$made/$name.key" -out "$made/$name.csr" -subj "$subject" "${@:5}" 2>/dev/null
  openssl x509 -req -in "$made/$name.csr" -CA "$made/$issuer.pem" -CAkey "$made/$issuer.key" \
    -days 36000 -out "$made/$name.pem" -extfile <(echo "$extension") 2>/dev/null
}
p256=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
openssl req -x509 "${p256[@]}" -nodes -keyout "$made/root.key" -out "$made/root.pem" -days 36500 \
  -subj "/O=Example/CN=Test Root" -addext basicConstraints=critical,CA:TRUE 2>/dev/null
issue ca "/O=Example/CN=Test CA" root basicConstraints=critical,CA:TRUE "${p256[@]}"
issue alice "/O=Example/CN=Alice" ca keyUsage=digitalSignature -newkey rsa:2048
issue bob "/O=Example/CN=Bob" ca keyUsage=digitalSignature "${p256[@]}"
issue ed25519 "/O=Example/CN=Ed" ca keyUsage=digitalSignature -newkey ed25519
cat "$made/ca.pem" "$made/root.pem" >"$made/chain.pem"
cp "$made"/{alice,bob,ed25519}.{key,pem} "$made"/{ca,root}.pem .
openssl rsa -in alice.key -aes128 -traditional -passout pass:secret -out alice-traditional.key 2>/dev/null
openssl pkcs8 -topk8 -in alice.key -passout pass:secret -out alice-pkcs8.key
ssh-keygen -q -t ecdsa -N '' -f "$made/ssh" && cp "$made/ssh" openssh.key

# export_of NAME FILE OPTION...
export_of() { openssl pkcs12 -export -inkey "$1.key" -in "$1.pem" -out "$2" "${@:3}"; }
export_of alice openssl-3.0.p12 -certfile "$made/chain.pem" -name Alice -passout pass:secret
export_of alice openssl-3.0-legacy.p12 -legacy -certfile "$made/chain.pem" -name Alice -passout pass:secret
export_of bob openssl-3.0-nomac.p12 -nomac -passout pass:secret
export_of bob openssl-3.0-utf8.p12 -name "Ünï cödé 日本" -passout "pass:pässwörd"
export_of bob openssl-3.0-empty.p12 -passout pass:
export_of bob openssl-3.0-plain.p12 -keypbe NONE -certpbe NONE -passout pass:
export_of bob "$made/bob.p12" -certfile "$made/chain.pem" -name bob -passout pass:secret

rm -f keytool-17.p12
for file in openssl-3.0.p12 "$made/bob.p12"; do
  keytool -importkeystore -noprompt -srckeystore "$file" -srcstorepass secret \
    -destkeystore keytool-17.p12 -deststorepass secret -deststoretype pkcs12 2>/dev/null
done
keytool -importcert -noprompt -alias trusted -file ed25519.pem -keystore keytool-17.p12 -storepass secret 2>/dev/null
mkdir "$made/nss"
certutil -N -d "sql:$made/nss" --empty-password
pk12util -i openssl-3.0.p12 -d "sql:$made/nss" -W secret >/dev/null
pk12util -o pk12util-3.87.p12 -n Alice -d "sql:$made/nss" -W secret >/dev/null
certtool --to-p12 --load-privkey bob.key --load-certificate bob.pem --load-ca-certificate ca.pem \
  --p12-name Bob --password secret --outder --outfile certtool-3.7.9.p12 2>/dev/null
# OpenSSL 3.5 is needed for this one, of Debian 13 for example:
#   cat bob.key bob.pem | openssl pkcs12 -export -pbmac1_pbkdf2 -passout pass:secret >openssl-3.5-pbmac1.p12
