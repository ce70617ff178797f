#!/usr/bin/env bash
# tls:// with QEMU's own TLS at the other end, as server and as client, with certificates and with keys
# of psktool's, for its stock reader and for ours; and with openssl.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

# sign AUTHORITY FOLDER NAME USAGE...: the folder gets the certificate and key that QEMU looks for there.
sign() {
  local folder=$work/$2
  mkdir -p "$folder"
  cp "$work/$1.pem" "$folder/ca-cert.pem"
  quietly openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=vscard/CN=$3" \
    -keyout "$folder/$4-key.pem" -out "$folder/request"
  quietly openssl x509 -req -in "$folder/request" -days 2 -out "$folder/$4-cert.pem" \
    -CA "$work/$1.pem" -CAkey "$work/$1.key" -CAcreateserial -extfile - <<END
subjectAltName=DNS:$3,IP:127.0.0.1
keyUsage=digitalSignature
extendedKeyUsage=$4Auth
END
}

authority() {
  quietly openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$work/$1.key" \
    -out "$work/$1.pem" -addext keyUsage=critical,keyCertSign
}

# keys FOLDER ROLE: the certificates in it as keys of an address.
keys() { echo "ca=$work/$1/ca-cert.pem,cert=$work/$1/$2-cert.pem,key=$work/$1/$2-key.pem"; }

# check_openssl PORT OPTION...: VSC's Init as vscclient says it gets that of a host.
check_openssl() {
  [[ $(od -An -tx1 -N4 < <(printf '\0\0\0\001\0\0\0\0\0\0\0\014VSCD\0\0\0\002\0\0\0\001' |
    timeout "$patience" openssl s_client -quiet -connect "127.0.0.1:$1" "${@:2}" 2>/dev/null || true)) == ' 00 00 00 01' ]]
}

make_card alice Alice
card=(--card "soft:db=$work/alice/nssdb,cert=id")
authority ours
authority other
sign ours host vmhost server
sign ours card laptop client
sign other stranger laptop client
psktool --username laptop --pskfile "$work/keys.psk" >/dev/null
mkdir "$work/psk" && mv "$work/keys.psk" "$work/psk"
for name in x509 psk dialled redir cards; do declare "$name=$(free_port)"; done

reconnect='reconnect=1'
# Since QEMU 9.2; 11.1 does not take the other any more.
[[ $(qemu-system-x86_64 -help) != *reconnect-ms=* ]] || reconnect='reconnect-ms=1000'

# QEMU is the server twice, and twice it connects to us.
# shellcheck disable=SC2054,SC2154  # the commas are QEMU's; the ports are declared above
readers=(
  -object "tls-creds-x509,id=server-x509,endpoint=server,dir=$work/host,verify-peer=on"
  -object "tls-creds-x509,id=client-x509,endpoint=client,dir=$work/card"
  -object "tls-creds-psk,id=server-psk,endpoint=server,dir=$work/psk"
  -object "tls-creds-psk,id=client-psk,endpoint=client,dir=$work/psk,username=laptop"
  -chardev "socket,id=x509,host=127.0.0.1,port=$x509,server=on,wait=off,tls-creds=server-x509"
  -chardev "socket,id=psk,host=127.0.0.1,port=$psk,server=on,wait=off,tls-creds=server-psk"
  -chardev "socket,id=dialled,host=127.0.0.1,port=$dialled,$reconnect,tls-creds=client-psk"
  -chardev "socket,id=redir,host=127.0.0.1,port=$redir,$reconnect,tls-creds=client-x509"
  -device usb-ccid,id=x509-reader,bus=uhci.0 -device ccid-card-passthru,chardev=x509,bus=x509-reader.0
  -device usb-ccid,id=psk-reader,bus=uhci.0 -device ccid-card-passthru,chardev=psk,bus=psk-reader.0
  -device usb-ccid,id=dialled-reader,bus=ehci.0
  -device ccid-card-passthru,chardev=dialled,bus=dialled-reader.0
  -device usb-redir,id=redir-reader,chardev=redir,bus=xhci.0
)
shared=psk=$work/psk/keys.psk
declare -A endpoint=(
  [x509]="connect:tls://127.0.0.1:$x509,$(keys card client)"
  [psk]="connect:tls://127.0.0.1:$psk,$shared"
  [dialled]="listen:tls://127.0.0.1:$dialled,$shared"
  [redir]="connect:tls://127.0.0.1:$cards,$shared"
)

# A guest of QEMU 7.2 does not come up while nobody listens where its chardev connects to.
start_card "${endpoint[dialled]}"
start_readers readers --reader redir --vsc "listen:tls://127.0.0.1:$cards,$shared" \
  --usbredir "listen:tls://127.0.0.1:$redir,$(keys host server),peer=laptop"
start_guest "${uhci[@]}" "${ehci[@]}" "${xhci[@]}"
step "dialled: card"
quietly in_guest pcsc-events "$patience" card 0

for reader in dialled x509 psk redir; do
  if [[ $reader != dialled ]]; then
    step "$reader: card"
    guest_sees card start_card "${endpoint[$reader]}"
  fi
  check_identity "$work/alice"

  step "$reader: remove and insert"
  guest_sees no-card ctl remove
  guest_sees card ctl insert

  step "$reader: kill and restart"
  guest_sees card kill_and_restart "${endpoint[$reader]}"
  check_signatures id

  step "$reader: leave"
  guest_sees no-card stop_client
done
# Our reader: its card came over our TLS at both ends, and QEMU connected to it as a client.
grep -q "(O=vscard,CN=laptop) connected" "$work/readers.log"
grep -q "(laptop) connected" "$work/readers.log"

step "redir: a new certificate and key while the card is in use"
guest_sees card start_card "${endpoint[redir]}"
sign ours host vmhost server
check_signatures id
fingerprint() { openssl x509 -noout -fingerprint; }
shown=$(openssl s_client -connect "127.0.0.1:$redir" -cert "$work/card/client-cert.pem" -key "$work/card/client-key.pem" \
  </dev/null 2>/dev/null | fingerprint)
[[ $shown == "$(fingerprint <"$work/host/server-cert.pem")" ]] || fail "it shows the certificate of before"
guest_sees no-card stop_client

step "QEMU refuses"
fails 'is not signed by a trusted authority' "tls://127.0.0.1:$x509,ca=$work/other.pem"
fails 'is not for another' "tls://127.0.0.1:$x509,$(keys card client),name=another"
fails 'it had asked for a certificate' "tls://127.0.0.1:$x509,ca=$work/ours.pem"
fails 'after it was shown our certificate' \
  "tls://127.0.0.1:$x509,ca=$work/ours.pem,cert=$work/stranger/client-cert.pem,key=$work/stranger/client-key.pem"
(umask 077 && sed 's/laptop/nobody/' "$work/psk/keys.psk" >"$work/nobody")
fails 'does it have the name and key' "tls://127.0.0.1:$psk,psk=$work/nobody"

step "openssl"
check_openssl "$cards" -psk_identity laptop -psk "$(sed 's/.*://' "$work/psk/keys.psk")"
