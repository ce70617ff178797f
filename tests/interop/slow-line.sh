#!/usr/bin/env bash
# A PIV card over a line with a round trip of 100 ms, as docs/slow-lines.md has it: round trips are
# counted, which do not depend on the machine. Then the line is dead. The environment names what is
# tested: PCSC_BRIDGE and VSCCLIENT.
# shellcheck source=tests/interop/far.bash
source "$(dirname "$0")/far.bash"

# trips COMMAND...: how many commands go over the line meanwhile.
trips() {
  local before
  before=$(<count)
  "$@" >said 2>&1 || fail "$*: $(<said)"
  echo $(($(<count) - before))
}
# at_most LIMIT COMMAND...
at_most() {
  local many
  many=$(trips "${@:2}")
  echo "$many of at most $1 round trips: ${*:2}"
  ((many <= $1))
}
# bring_card OPTION...: to the other end of the line.
bring_card() {
  vscclient --control none --vsc "connect:unix:$work/line.sock,keepalive=2,grace=0" \
    --card "$far_card" "$@" 2>client.log &
  client=$!
  until_reader Yes
}

"$PCSC_BRIDGE" serve --socket "$work/pcscd.comm" \
  --reader "listen:unix:$work/host.sock,keepalive=2,grace=0,name=far" 2>serve.log &
python3 "$here/slow_line.py" "$work/line.sock" "$work/host.sock" 50 count &
line=$!
until_reader No

step "without reads ahead, each command is a round trip"
bring_card --no-read-ahead
many=$(trips pkcs11-tool --module "$module" -L)
echo "$many round trips" # of OpenSC 0.26 fewer than of 0.23
((many > 10))
kill "$client"
until_reader No

step "with them, the second time takes a quarter of that, and a signature ten"
bring_card
at_most "$many" pkcs11-tool --module "$module" -L
at_most $((many / 4)) pkcs11-tool --module "$module" -L
at_most 10 sign
openssl x509 -in cert.pem -noout -pubkey >public.pem
openssl dgst -sha256 -verify public.pem -signature sig data

step "a dead line takes the card with it, and the next one brings it back"
kill -STOP "$line"
until_reader No
grep -q 'nothing comes from the peer' serve.log client.log
kill -CONT "$line"
until_reader Yes
