#!/usr/bin/env bash
# A PIV card over a line with a round trip of 100 ms, as docs/slow-lines.md has it: round trips are
# counted, which do not depend on the machine. Then the line is dead. The environment names what is
# tested: PCSC_BRIDGE and VSCCLIENT.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

slow_line=$(realpath "$(dirname "$0")")/slow_line.py
cd "$work"
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
head -c 100 /dev/urandom >data
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=Far -days 10 \
  2>/dev/null
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
export PCSCLITE_CSOCK_NAME=$work/pcscd.comm

# until_reader Yes|No: has the reader a card?
until_reader() { until opensc-tool --list-readers 2>&1 | grep -q " $1 .*far"; do read -rt 0.05 <> <(:) || true; done; }
# trips COMMAND...: how many commands go over the line meanwhile.
trips() {
  local before
  before=$(<count)
  "$@" >said 2>&1 || fail "$*: $(<said)"
  echo $(($(<count) - before))
}
sign() {
  pkcs11-tool --module "$module" --login --pin "$pin" --sign --id 01 -m SHA256-RSA-PKCS -i data -o sig
}
# at_most LIMIT COMMAND...
at_most() {
  local many
  many=$(trips "${@:2}")
  echo "$many of at most $1 round trips: ${*:2}"
  ((many <= $1))
}
# far_card OPTION...: a card at the other end of the line.
far_card() {
  vscclient --control none --vsc "connect:unix:$work/line.sock,keepalive=2,grace=0" \
    --card "soft:pem=$work/cert.pem,key=$work/key.pem" "$@" 2>client.log &
  client=$!
  until_reader Yes
}

"$PCSC_BRIDGE" serve --socket "$work/pcscd.comm" \
  --reader "listen:unix:$work/host.sock,keepalive=2,grace=0,name=far" 2>serve.log &
python3 "$slow_line" "$work/line.sock" "$work/host.sock" 50 count &
line=$!
until_reader No

step "without reads ahead, each command is a round trip"
far_card --no-read-ahead
many=$(trips pkcs11-tool --module "$module" -L)
((many > 20))
kill "$client"
until_reader No

step "with them, the second time takes a fifth of that, and a signature a third"
far_card
at_most "$many" pkcs11-tool --module "$module" -L
at_most $((many / 4)) pkcs11-tool --module "$module" -L
at_most $((many * 2 / 5)) sign
openssl x509 -in cert.pem -noout -pubkey >public.pem
openssl dgst -sha256 -verify public.pem -signature sig data

step "a dead line takes the card with it, and the next one brings it back"
kill -STOP "$line"
until_reader No
grep -q 'nothing comes from the peer' serve.log client.log
kill -CONT "$line"
until_reader Yes
