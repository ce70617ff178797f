#!/usr/bin/env bash
# A line that breaks while a card signs, as docs/slow-lines.md has it: no program sees the card go, no
# signature is lost, and none is made twice. The environment names what is tested: PCSC_BRIDGE and
# VSCCLIENT.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

here=$(realpath "$(dirname "$0")")
cd "$work"
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
head -c 100 /dev/urandom >data
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=Far -days 10 \
  2>/dev/null
openssl x509 -in cert.pem -noout -pubkey >public.pem
trap 'kill -CONT $(jobs -p) 2>/dev/null; kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
export PCSCLITE_CSOCK_NAME=$work/pcscd.comm

# until_reader Yes|No: has the reader a card?
until_reader() { until opensc-tool --list-readers 2>&1 | grep -q " $1 .*far"; do read -rt 0.05 <> <(:) || true; done; }
sign() {
  rm -f sig
  pkcs11-tool --module "$module" --login --pin "$pin" --sign --id 01 -m SHA256-RSA-PKCS -i data \
    -o sig >said 2>&1 || fail "no signature: $(<said)"
  openssl dgst -sha256 -verify public.pem -signature sig data >said || fail "a wrong signature"
}
# The card's signatures: the last part of each command that asks for one.
made() { grep -c 'command 00 87 07' client.log; }
# far_card OPTION...: a card at the other end of the line.
far_card() {
  vscclient --control none --log-level trace --vsc "connect:unix:$work/line.sock$1" \
    --card "soft:pem=$work/cert.pem,key=$work/key.pem" 2>client.log &
  client=$!
  until_reader Yes
}
no_card_has_gone() { ! grep -E 'nobody came back' serve.log client.log; }

"$PCSC_BRIDGE" serve --socket "$work/pcscd.comm" \
  --reader "listen:unix:$work/host.sock,name=far" 2>serve.log &
until_reader No

step "while the line breaks, again and again"
python3 "$here/broken_line.py" "$work/line.sock" "$work/host.sock" 25 200 150 >line.log &
line=$!
far_card ""
asked=0
until grep -q holds line.log; do
  sign
  asked=$((asked + 1))
done
echo "$asked signatures, $(grep -c break line.log) breaks"
((asked > 3))
(($(made) == asked))
(($(grep -c 'and nothing was lost' serve.log) == 25))
no_card_has_gone

step "while nothing comes over the line for 8 s, within a test of all that the card can do"
pkcs11-tool --module "$module" --login --pin "$pin" --test >tested 2>&1 &
tests=$!
until (($(made) > asked)); do read -rt 0.02 <> <(:) || true; done
kill -STOP "$line"
read -rt 8 <> <(:) || true
kill -CONT "$line"
wait "$tests" || fail "$(<tested)"
grep -q '^No errors' tested
grep -q 'nothing comes from the peer' serve.log client.log
no_card_has_gone

step "the client ends: its card is gone at once, though the line would have had time"
kill "$client"
until_reader No
no_card_has_gone

step "with grace=0 a broken line takes the card with it"
far_card ",grace=0"
kill -STOP "$client"
kill -KILL "$line"
until_reader No
no_card_has_gone
