#!/usr/bin/env bash
# `pcsc-bridge serve --with-system`, and run: the readers of a real pcscd, with Debian's vpcd and our handler in it, beside virtual ones.
# The environment names what is tested.
# shellcheck source=tests/interop/pcscd.bash
source "$(dirname "$0")/pcscd.bash"
PATH=$(dirname "$VSCCLIENT"):$(dirname "$PCSC_BRIDGE"):$GUEST_PROGRAMS:$PATH

sharing=$(realpath "$(dirname "$0")")/pcsc_sharing.py
vpcd=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
system=$PCSCLITE_CSOCK_NAME
ours=$work/ours
export VSCARD_CONTROL=unix:$work/serve.control
cd "$work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout eve.pem -out eve.cert \
  -subj /CN=Eve 2>openssl.log
cat eve.cert >>eve.pem && chmod 0600 eve.pem
port=$(free_port)
pcsc_reader 'vscard twin' "listen:unix:$work/twin.vsc"
echo "CHANNELID $port" >>conf/reader.conf
IFD_HANDLER=$vpcd pcsc_reader vpcd "/dev/null:$(printf '%#x' "$port")"

# through SOCKET COMMAND...: a program that uses the service there.
through() { PCSCLITE_CSOCK_NAME=$1 timeout "$patience" "${@:2}"; }
# logged PATTERN: until the service has said so.
logged() { until grep -q "$1" serve.log; do read -rt 0.02 <> <(:) || true; done; }
# shows SOCKET Yes|No NAME: until the reader has a card, or has none.
shows() { until through "$1" opensc-tool --list-readers 2>/dev/null | grep -q " $2 .*$3"; do :; done; }

step "without a pcscd there are our own readers and one line; it comes, and its readers with it"
"$PCSC_BRIDGE" serve --with-system --socket "$ours" --control "$VSCARD_CONTROL" --card "soft:pem=$work/eve.pem,name=twin" \
  --pid-file serve.pid 2>serve.log &
service=$!
until [[ -s serve.pid ]]; do :; done
shows "$ours" Yes 'vscard twin 00 00'
logged "the machine's readers: PC/SC: no answer.*; trying again"
start_pcscd
shows "$ours" No 'vpcd 00 00'
logged "the machine's readers: pcscd is running"
[[ $(grep -c 'trying again' serve.log) == 1 ]] || fail "$(<serve.log)"

step "a card that comes and goes; its certificates and its PIN, through our socket"
"$VSCCLIENT" --vsc "vpcd:connect:tcp://127.0.0.1:$port" --card "soft:pem=$work/eve.pem,name=real" \
  --control "unix:$work/control" --log-level warning &
client=$!
shows "$ours" Yes 'vpcd 00 00'
through "$ours" pkcs15-tool --reader 1 --verify-pin --auth-id 01 --pin 12345678 >/dev/null
cmp <(through "$ours" pkcs15-tool --reader 1 --read-certificate 01 2>/dev/null | openssl x509 -outform DER) \
  <(openssl x509 -in eve.cert -outform DER)
through "$ours" pcsc-events 60 no-card >events &
watching=$!
until grep -qs watching events; do :; done
ctl remove
wait "$watching"
ctl insert
shows "$ours" Yes 'vpcd 00 00'
list=$("$PCSC_BRIDGE" ctl list && "$PCSC_BRIDGE" ctl list --json)
grep -q "^vpcd 00 00  card  client at this machine's PC/SC service\$" <<<"$list" || fail "$list"
grep -q '"card":true,"reader":"vpcd 00 00"' <<<"$list" || fail "$list"

step "a name that both have: ours, and a line about the other"
logged "the machine's reader 'vscard twin 00 00' is left out"
through "$ours" opensc-tool --list-readers | grep -c twin | grep -qx 1
shows "$ours" Yes 'vscard twin 00 00'

step "share modes, transactions, resets and features are the same ones on both sides"
timeout "$patience" /usr/bin/python3 "$sharing" 'vpcd 00 00' "$ours" "$system"

step "pcscd ends and comes back, while the service stays"
stop_pcscd
until ! through "$ours" opensc-tool --list-readers | grep -q vpcd; do :; done
shows "$ours" Yes 'vscard twin 00 00'
start_pcscd
shows "$ours" Yes 'vpcd 00 00'

step "run has them, too, and hands its command no setting of its own"
# shellcheck disable=SC2016  # expanded by the command
PCSCLITE_CSOCK_NAME=$system TMPDIR=$work timeout "$patience" "$PCSC_BRIDGE" run --with-system -- sh -ec '
  opensc-tool --list-readers | grep -q " Yes .*vpcd 00 00"
  test -z "$PCSCLITE_NO_BLOCKING" && test "$PCSCLITE_CSOCK_NAME" != "$0"' "$system"

step "its environment leads to its own socket: no loop"
kill "$service"
wait "$service"
PCSCLITE_CSOCK_NAME=$ours "$PCSC_BRIDGE" serve --with-system --socket "$ours" --control "$VSCARD_CONTROL" \
  --card "soft:pem=$work/eve.pem,name=eve" --pid-file again.pid 2>again.log &
service=$!
until [[ -s again.pid ]]; do :; done
[[ $(through "$ours" opensc-tool --list-readers | grep -c eve) == 1 ]]
kill "$service"
wait "$service"
kill "$client"
wait "$client" || true
stop_pcscd
