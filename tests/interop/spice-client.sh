#!/usr/bin/env bash
# A card in QEMU's stock reader over QEMU's SPICE server: on UHCI without a ticket, on EHCI with one,
# plain and over TLS. QEMU is told its ports, because it cannot choose any itself.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

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
    -device ccid-card-passthru,chardev=card,bus=reader.0)
  start_guest "${@:3}"
}

start_card() { start_client --vsc "connect:$1" --control "unix:$work/control" "${card[@]}"; }

# fails PATTERN ADDRESS: a client that does not try again ends with one line about it.
fails() {
  local output status=0
  output=$(timeout "$patience" "$VSCCLIENT" --no-reconnect --log-level warning \
    --vsc "connect:$2" "${card[@]}" 2>&1 </dev/null) || status=$?
  [[ $status == 1 && $(wc -l <<<"$output") == 1 ]] || fail "$2: status $status: $output"
  grep -q -e "$1" <<<"$output" || fail "$2: no '$1' in: $output"
}

# It puts an end to the first client's session, which comes back and puts an end to its own.
second_client() { fails 'another SPICE client took over' "$1"; }

# Waits for a card that comes by itself, or is there already.
card_comes() {
  local deadline=$((SECONDS + patience))
  until in_guest opensc-tool --name 2>/dev/null | grep -q 'Common Access Card'; do
    ((SECONDS < deadline)) || fail "no card came"
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
guest_sees card start_card "spice:$work/console.vv"
check_signatures id
guest_sees no-card stop_client

step "what cannot work"
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
