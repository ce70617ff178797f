#!/usr/bin/env bash
# SPICE viewers bring their soft cards to our reader: spicy over TCP, and remote-viewer with TLS and a
# password. Both want a display, and open our port without a word; vscclient speaks there.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

start_display() {
  exec {display_out}<> <(:)
  setpriv --pdeathsig KILL Xvfb -displayfd "$display_out" -nolisten tcp >"$work/display.log" 2>&1 &
  read -r -t "$patience" -u "$display_out" number || fail "Xvfb does not start"
  export DISPLAY=:$number
}

# start_viewer PROGRAM ARGUMENT...: with the card of make_card alice. It dies with the test.
start_viewer() {
  local program=$1
  shift
  setpriv --pdeathsig KILL "$program" --spice-smartcard --spice-smartcard-db="sql:$work/alice/nssdb" \
    --spice-smartcard-certificates=id,sign,enc "$@" >>"$work/$program.log" 2>&1 </dev/null &
  viewer_pid=$!
}

# end_viewer SIGNAL
end_viewer() {
  kill "-$1" "$viewer_pid"
  wait "$viewer_pid" 2>/dev/null || true
}

# Where the reader's SPICE server listens: its port was the system's choice.
spice_port() { sed -n 's/.*listening on spicevmc:.*:\([0-9]*\)$/\1/p' "$work/$1.log" | grep .; }

start_display
make_card alice Alice
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 \
  -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
echo 'open sesame' >"$work/password"
for name in plain tls; do redirection "$name" xhci; done
start_readers plain --reader plain --vsc listen:spicevmc://127.0.0.1:0 \
  --usbredir "connect:unix:$work/plain.usbredir"
start_readers tls --reader tls --usbredir "connect:unix:$work/tls.usbredir" --vsc \
  "listen:spicevmc://127.0.0.1:0,cert=$work/tls.pem,key=$work/tls.key,password-file=$work/password"
start_guest "${xhci[@]}"
plain=(spicy -h 127.0.0.1 -p "$(spice_port plain)")

cat >"$work/tls.vv" <<END
[virt-viewer]
type=spice
host=127.0.0.1
tls-port=$(spice_port tls)
password=open sesame
host-subject=CN=localhost
ca=$(awk '{ printf "%s\\n", $0 }' "$work/tls.pem")
END

step "spicy: the card works"
guest_sees card start_viewer "${plain[@]}"
check_card "$work/alice"

step "spicy: killed while the card is at work, and started again"
rm -f "$share/events"
in_guest 'pcsc-events 30 no-card >events & ! pcsc-ping 00CA7F6800 6d00 1000000 && wait $!' &
job=$!
wait_for_line '^watching' "$share/events"
ctl_readers plain debug trace
wait_for_line 'plain: command' "$work/plain.log"
end_viewer KILL
wait "$job"
ctl_readers plain debug info
guest_sees card start_viewer "${plain[@]}"
check_signatures id

step "spicy: closed"
guest_sees no-card end_viewer TERM

step "remote-viewer, TLS and password: the card works"
guest_sees card start_viewer remote-viewer "$work/tls.vv"
check_card "$work/alice"

step "remote-viewer: closed and started again"
guest_sees no-card end_viewer TERM
guest_sees card start_viewer remote-viewer "$work/tls.vv"
check_signatures id

step "vscclient comes with the viewer's file, and takes the port"
guest_sees no-card end_viewer TERM
guest_sees card start_client --vsc "connect:spice:$work/tls.vv" \
  --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
check_signatures id
ctl_readers tls list --json | grep -q round_trip || fail "this is the card channel"
guest_sees no-card stop_client

step "the library's threads understood each other, and both readers leave"
if grep dispatcher "$work"/{plain,tls}.log; then fail "the library lost a message of its own"; fi
guest_sees no-reader ctl_readers tls exit
guest_sees no-reader ctl_readers plain exit
