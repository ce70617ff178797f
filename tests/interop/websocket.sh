#!/usr/bin/env bash
# Cards over WebSockets, with peers that are not ours: QEMU's chardevs, plain and with TLS, carry VSC
# and usbredir; a server of Python's is KubeVirt's API, behind a proxy; a client of Python's connects
# to us.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

peer() {
  setpriv --pdeathsig KILL "$(dirname "$0")/websocket_peer.py" "$@" >>"$work/peer.log" 2>&1 &
}

# make_certificate NAME USE SIGNER-OPTION...: $work/tls/NAME.pem and its key, for 127.0.0.1.
make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=$1" -addext "extendedKeyUsage=$2" \
    -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:false \
    -keyout "$work/tls/$1-key.pem" -out "$work/tls/$1-cert.pem" "${@:3}" 2>/dev/null
}

make_certificates() {
  mkdir "$work/tls"
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=authority \
    -keyout "$work/tls/ca-key.pem" -out "$work/tls/ca-cert.pem" 2>/dev/null
  local signer=(-CA "$work/tls/ca-cert.pem" -CAkey "$work/tls/ca-key.pem")
  make_certificate server serverAuth "${signer[@]}"
  make_certificate client clientAuth "${signer[@]}"
  cat "$work/tls/server-cert.pem" "$work/tls/server-key.pem" >"$work/tls/server.pem"
}

# websocket_chardev NAME [KEYS]
websocket_chardev() {
  readers+=(-chardev "socket,id=$1,host=127.0.0.1,port=0,websocket=on,server=on,wait=off${2:+,$2}")
}
# Where it listens, with our scheme.
websocket_address() {
  guest_monitor info chardev | sed -n "s/^$1: filename=[a-z]*:websocket:\([^,]*\),.*/$2:\/\/\1/p" | grep .
}

# What every way has to do: list, sign, remove, insert, kill and restart, leave.
try_card() {
  guest_sees card start_card "$1"
  check_identity "$work/alice"
  guest_sees no-card ctl remove
  guest_sees card ctl insert
  guest_sees card kill_and_restart "$1"
  check_signatures id
  guest_sees no-card stop_client
}

make_card alice Alice
make_certificates
readers+=(-object "tls-creds-x509,id=tls,dir=$work/tls,endpoint=server,verify-peer=on")
websocket_chardev ws
websocket_chardev wss tls-creds=tls
websocket_chardev usbredir
for name in ws:uhci wss:ehci; do
  readers+=(-device "usb-ccid,id=${name%:*}-reader,bus=${name#*:}.0"
    -device "ccid-card-passthru,chardev=${name%:*},bus=${name%:*}-reader.0")
done
readers+=(-device "usb-redir,id=usbredir-reader,chardev=usbredir,bus=xhci.0")
redirection kubevirt xhci
start_guest "${uhci[@]}" "${ehci[@]}" "${xhci[@]}"
credentials=ca=$work/tls/ca-cert.pem,cert=$work/tls/client-cert.pem,key=$work/tls/client-key.pem

step "QEMU's reader over ws://"
try_card "connect:$(websocket_address ws ws)"

step "QEMU's reader over wss://"
try_card "connect:$(websocket_address wss wss),$credentials"

step "our reader over ws:// to QEMU, its card over wss://"
start_readers readers
guest_sees reader ctl_readers readers add usbredir \
  --usbredir "connect:$(websocket_address usbredir ws)" \
  --vsc "listen:wss://127.0.0.1:0/card,cert=$work/tls/server.pem,ca=$work/tls/ca-cert.pem"
at=$(grep -o 'wss://127[^ ]*' "$work/readers.log")
try_card "connect:$at,$credentials"
ctl_readers readers remove usbredir

step "our reader over wss:// to KubeVirt's API, by a proxy; its card from a client of Python's"
(umask 077 && echo c2VjcmV0 >"$work/tls/token")
peer server "$work/tls" "$work/kubevirt.usbredir"
wait_for_line wss "$work/tls/addresses"
read -r api proxy <"$work/tls/addresses"
guest_sees reader ctl_readers readers add kubevirt --vsc "listen:ws://127.0.0.1:0/card" \
  --usbredir "connect:$api,proxy=$proxy,token-file=$work/tls/token,ca=$work/tls/ca-cert.pem"
at=$(grep -o 'ws://127[^ ]*/card' "$work/readers.log" | tail -n 1)
start_card "listen:unix:$work/card"
wait_for_line 'listening on unix' "$client_log"
guest_sees card peer client "$at" "$work/card"
check_card "$work/alice"
guest_sees no-card stop_client

step "a wrong token"
(umask 077 && echo d3Jvbmc= >"$work/tls/wrong")
if "$VSCCLIENT" --no-reconnect --control none --card "soft:db=$work/alice/nssdb" \
  --vsc "connect:$api,token-file=$work/tls/wrong,ca=$work/tls/ca-cert.pem" 2>"$work/wrong"; then
  fail "it connected"
fi
grep -q 'the server refuses: HTTP/1.1 401 Unauthorized' "$work/wrong" || fail "$(cat "$work/wrong")"
