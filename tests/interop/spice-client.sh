#!/usr/bin/env bash
# QEMU's SPICE server: a card in its stock reader, on UHCI without a ticket, on EHCI with one, plain and
# over TLS; our readers at its usbredir channels, also beside a viewer; ports. QEMU is told its ports,
# because it cannot choose any itself.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

# CA NAME: a certificate authority, and a server's certificate that it signed, as QEMU wants them.
make_authority() {
  local folder=$work/$1
  mkdir "$folder"
  quietly openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/O=vscard/CN=$1" \
    -keyout "$folder/ca-key.pem" -out "$folder/ca-cert.pem"
  quietly openssl req -newkey rsa:2048 -nodes -subj "/O=vscard/CN=vmhost" \
    -keyout "$folder/server-key.pem" -out "$folder/server.csr"
  quietly openssl x509 -req -in "$folder/server.csr" -days 2 -out "$folder/server-cert.pem" \
    -CA "$folder/ca-cert.pem" -CAkey "$folder/ca-key.pem" -CAcreateserial
}

# boot BUS SPICE-OPTION...: a guest whose reader takes its card from QEMU's SPICE server.
boot() {
  local bus=$1
  # shellcheck disable=SC2054  # the commas are QEMU's
  readers=(-object secret,id=ticket,data=letmein
    -spice "addr=127.0.0.1,port=$port,tls-port=$tls_port,x509-dir=$work/ours,$2"
    -chardev spicevmc,id=card,name=smartcard -device "usb-ccid,id=reader,bus=$bus.0"
    -device ccid-card-passthru,chardev=card,bus=reader.0
    -chardev spicevmc,id=usb0,name=usbredir -device usb-redir,chardev=usb0,bus=xhci.0
    -chardev spicevmc,id=usb1,name=usbredir -device usb-redir,chardev=usb1,bus=xhci.0
    -chardev spiceport,id=vsc,name=org.vscard.card -device "usb-ccid,id=second,bus=$bus.0"
    -device ccid-card-passthru,chardev=vsc,bus=second.0
    -chardev spiceport,id=console,name=org.vscard.console -serial chardev:console)
  start_guest "${@:3}" "${xhci[@]}"
}

start_card() { start_client --vsc "connect:$1" --control "unix:$work/control" "${card[@]}"; }

# It puts an end to the first client's session, which comes back and puts an end to its own.
second_client() { fails 'another SPICE client took over' "$1"; }

# is_card [READER]: is the card of make_card in it?
is_card() { in_guest opensc-tool --name ${1:+--reader "$1"} 2>/dev/null | grep -q 'Common Access Card'; }

# Waits for a card that comes by itself, or is there already.
card_comes() {
  local deadline=$((SECONDS + patience))
  until is_card; do ((SECONDS < deadline)) || fail "no card came"; done
}

# $slot becomes the reader with the card, of two with cards.
find_card() {
  local deadline=$((SECONDS + patience))
  slot=0
  until is_card "$slot"; do
    ((SECONDS < deadline)) || fail "no card came"
    slot=$((1 - slot))
  done
}

make_card alice Alice
make_authority ours
make_authority other
port=$(free_port)
tls_port=$(free_port)
card=(--card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc")
echo letmein >"$work/password"
echo other >"$work/wrong"
plain=spice://127.0.0.1:$port
tls="spice+tls://127.0.0.1:$tls_port,ca=$work/ours/ca-cert.pem,subject=O=vscard,,CN=vmhost"
ticket=password-file=$work/password
file=spice:$work/console.vv
viewers_device='grep -qsx "Spice CD" /sys/bus/usb/devices/*/product'

boot uhci disable-ticketing=on "${uhci[@]}"

step "UHCI, plain, no ticket: card"
guest_sees card start_card "$plain"
check_card "$work/alice"

step "UHCI, plain, no ticket: remove and insert"
guest_sees no-card ctl remove
guest_sees card ctl insert

step "UHCI, plain, no ticket: kill and restart"
guest_sees card kill_and_restart "$plain"
check_signatures id

step "UHCI, plain, no ticket: a second client"
second_client "$plain"
wait_for_line 'another SPICE client took over' "$client_log"
card_comes
guest_sees no-card stop_client

step "UHCI, TLS: card"
guest_sees card start_card "$tls,$ticket"
check_signatures id

step "QEMU is killed and started again"
guest_stop
rm -rf "$work/guest"
boot ehci password-secret=ticket "${ehci[@]}"

step "EHCI, TLS, ticket: card"
card_comes
check_card "$work/alice"
guest_sees no-card stop_client

step "EHCI, plain, ticket: card"
guest_sees card start_card "$plain,$ticket"
check_certificate "$work/alice" id
check_signatures id
guest_sees no-card stop_client

step "EHCI, TLS, ticket, of a virt-viewer file: card"
cat >"$work/console.vv" <<END
[virt-viewer]
type=spice
host=127.0.0.1
port=$port
tls-port=$tls_port
password=letmein
host-subject=O=vscard,CN=vmhost
ca=$(sed 's/$/\\n/' "$work/ours/ca-cert.pem" | tr -d '\n')
END
guest_sees card start_card "$file"
check_signatures id
guest_sees no-card stop_client

step "usbredir channels, TLS, ticket, of a virt-viewer file: a reader in each, and none for a third"
for name in one two three; do
  reader_links "$name"
  arguments+=(--reader "$name" "${links[@]:0:2}" --usbredir "connect:$file")
done
times=2 guest_sees reader start_readers usb "${arguments[@]}"
wait_for_line 'three: cannot connect .* every usbredir channel .* is in use' "$work/usb.log"
guest_sees card start_client --vsc "connect:unix:$work/two.vsc" "${card[@]}"
check_identity "$work/alice"

step "usbredir channels: the third reader takes the one that is given back"
guest_sees reader ctl_readers usb remove one
check_signatures id

step "usbredir channels: QEMU is killed and started again"
guest_stop
rm -rf "$work/guest"
SPICE_DEBUG_ALLOW_MC=1 boot uhci password-secret=ticket "${uhci[@]}" # for several clients
quietly in_guest pcsc-events "$patience" card 0
check_identity "$work/alice"
guest_sees no-card stop_client
# The other reader may not be back yet.
guest_sees no-reader kill "$(<"$work/usb.pid")"

step "usbredir channels: two cards of one client, each in a channel of its own"
make_bob
guest_sees reader start_readers both --reader both --vsc "listen:unix:$work/both.vsc,cards=2" \
  --usbredir "connect:$file"
times=2 guest_sees card start_both both
find_cards
both_sign
times=2 guest_sees no-card stop_client
times=2 guest_sees no-reader kill "$(<"$work/both.pid")"

step "usbredir channels: a viewer with a device of its own in one, our reader beside it in the other"
head -c 1M /dev/zero >"$work/disc.iso"
setpriv --pdeathsig KILL "$(dirname "$0")/spice_viewer.py" "$port" letmein "$work/disc.iso" \
  >"$work/viewer.log" 2>&1 </dev/null &
viewer_pid=$!
quietly in_guest "until $viewers_device; do :; done"
guest_sees reader start_readers beside --reader beside --vsc "listen:unix:$work/beside.vsc" \
  --usbredir "connect:$plain,$ticket"
guest_sees card start_client --vsc "connect:unix:$work/beside.vsc" "${card[@]}"
check_identity "$work/alice"
quietly in_guest "$viewers_device"
guest_sees no-card stop_client
guest_sees no-reader kill "$(<"$work/beside.pid")"
quietly in_guest "$viewers_device"
kill "$viewer_pid"
wait "$viewer_pid"

step "a port with a command of 4 KiB and a response of 374 bytes, and the card channel of the same session"
long=00d60000001000$(printf '55%.0s' {1..4096})
printf '%s\n' '{"format":"vscard recording","version":1,"time":0}' \
  '{"time":0,"card":"long","event":"inserted","atr":"3b7a18000073667465206364313434"}' \
  '{"time":0,"card":"long","command":"00c0000000"}' \
  "{\"time\":0,\"card\":\"long\",\"response\":\"$(printf '55%.0s' {1..372})9000\"}" \
  "{\"time\":0,\"card\":\"long\",\"command\":\"$long\"}" \
  '{"time":0,"card":"long","response":"9000"}' >"$work/long.jsonl"
times=2 guest_sees card start_client --vsc "connect:$tls,$ticket" "${card[@]}" \
  --vsc "connect:$tls,$ticket,port=org.vscard.card" --card "replay:$work/long.jsonl,match=any"
find_card
check_identity "$work/alice"
slot=''
echo "$long" >"$share/long"
# shellcheck disable=SC2016  # in the guest; one of the numbers is that of the card's reader
quietly in_guest 'for it in 00 01 02 03; do
  ! pcsc-ping 00c0000000 9000 1 " $it 00" || exec pcsc-ping "$(cat long)" 9000 1 " $it 00"
done; false'
times=2 guest_sees no-card stop_client

step "a port, of a virt-viewer file: everything that a card can do"
guest_sees card start_card "$file,port=org.vscard.card"
check_card "$work/alice"
guest_sees no-card stop_client

step "a port: a serial console, with vscclient pipe"
mkfifo "$work/typed"
setpriv --pdeathsig KILL "$VSCCLIENT" pipe stdio: "connect:$plain,$ticket,port=org.vscard.console" \
  <"$work/typed" >"$work/console" 2>>"$client_log" &
client_pid=$!
exec {typing}>"$work/typed"
wait_for_line 'spice://.* is there' "$client_log"
in_guest '{ echo ready; exec sh; } <>/dev/ttyS2 >&0 2>&1 &'
wait_for_line ready "$work/console"
echo 'expr 6 \* 7' >&"$typing"
wait_for_line '^42' "$work/console"
exec {typing}>&-
wait "$client_pid"
client_pid=''

step "what cannot work"
fails "no port 'org.nobody'" "$tls,$ticket,port=org.nobody"
fails 'asks for a password' "$plain"
fails 'the password is wrong' "$plain,password-file=$work/wrong"
fails 'not signed by a trusted authority' "spice+tls://127.0.0.1:$tls_port,ca=$work/other/ca-cert.pem"
fails 'is not for 127.0.0.1' "spice+tls://127.0.0.1:$tls_port,ca=$work/ours/ca-cert.pem"
fails 'belongs to O=vscard,CN=vmhost, not to CN=other' \
  "spice+tls://127.0.0.1:$tls_port,ca=$work/ours/ca-cert.pem,subject=CN=other"
fails 'does not speak TLS' "spice+tls://127.0.0.1:$port"
fails 'a TLS port spice+tls://' "spice://127.0.0.1:$tls_port"

step "a port that speaks something else"
start_client --vsc listen:tcp://127.0.0.1:0 "${card[@]}"
wait_for_line 'listening on' "$client_log"
fails 'not a SPICE server' "spice://127.0.0.1:$(sed -n 's|.*listening on tcp://127.0.0.1:||p' "$client_log")"
stop_client

step "no smart card channel"
guest_stop
setpriv --pdeathsig KILL qemu-system-x86_64 -S -nodefaults -display none \
  -spice "unix=on,addr=$work/spice.sock,disable-ticketing=on" >"$work/bare.log" 2>&1 </dev/null &
client_pid=$!
until [[ -S $work/spice.sock ]]; do kill -0 "$client_pid"; done
fails 'no smart card channel' "spice+unix:$work/spice.sock"
kill_client
