#!/usr/bin/env bash
# Three cards on one connection: in `pcsc-bridge serve` each has a reader. The environment names what
# is tested: PCSC_BRIDGE and VSCCLIENT.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

cd "$work"
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
head -c 100 /dev/urandom >data
export PCSCLITE_CSOCK_NAME=$work/pcscd.comm
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT

declare -A others=([alice]='"desk bob", "desk carol"' [bob]='"desk 00", "desk carol"'
  [carol]='"desk 00", "desk bob"')
cards=()
for name in alice bob carol; do
  openssl req -new -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.pem -subj /CN=$name \
    -days 10 2>/dev/null
  openssl x509 -in $name.pem -noout -pubkey >$name.pub
  echo "app default { ignored_readers = ${others[$name]}; }" >$name.conf
  cards+=(--card "soft:pem=$work/$name.pem,key=$work/$name.key,name=$name")
done

# has NAME Yes|No: is there a card in the reader of that name?
has() { opensc-tool --list-readers 2>&1 | grep -q " $2 .*vscard $1 "; }
# sign NAME: with that card alone.
sign() {
  OPENSC_CONF=$1.conf pkcs11-tool --module "$module" --login --pin "$pin" --sign --id 01 \
    -m SHA256-RSA-PKCS -i data -o "$1.sig" >"$1.said" 2>&1 || fail "$1: no signature: $(<"$1.said")"
  openssl dgst -sha256 -verify "$1.pub" -signature "$1.sig" data >"$1.said" || fail "$1: wrong"
  rm "$1.sig"
}
# the_line: it begins anew when it is called again.
the_line() {
  vscclient pipe "listen:unix:$work/line.sock" "connect:$host" 2>>line.log &
  line=$!
}
client() { vscclient ctl --control "unix:$work/client.ctl" "$@" >/dev/null; }

"$PCSC_BRIDGE" serve --socket "$work/pcscd.comm" --control "unix:$work/serve.ctl" \
  --reader listen:tcp://127.0.0.1:0,name=desk --reader "listen:unix:$work/two.sock,name=two,cards=2" \
  2>serve.log &
eventually grep -q 'desk.*listening on tcp' serve.log
host=$(grep -o 'tcp://127.0.0.1:[0-9]*' serve.log | head -n 1)
the_line
vscclient --control "unix:$work/client.ctl" --vsc "connect:unix:$work/line.sock" "${cards[@]}" \
  2>client.log &

step "each card has a reader, and all sign at once"
for reader in desk "desk bob" "desk carol"; do eventually has "$reader" Yes; done
(($(grep -c 'connected$' serve.log) == 1)) || fail "more than one connection"
sign alice &
first=$!
sign bob &
second=$!
sign carol
wait $first $second

step "one is removed and inserted while another signs"
sign bob &
signs=$!
client remove carol
eventually has "desk carol" No
sign alice
client insert carol
eventually has "desk carol" Yes
wait $signs
sign carol

step "a reader is taken away, and given back: the client knows both, and keeps its connection"
pcsc_bridge() { "$PCSC_BRIDGE" ctl --control "unix:$work/serve.ctl" "$@" >/dev/null; }
card_list() { vscclient ctl --control "unix:$work/client.ctl" list; }
pcsc_bridge remove-reader "desk bob"
eventually grep -q 'bob: not in use: .* has removed its reader' client.log
[[ $(card_list) == *"bob  inserted  no reader at "* ]] || fail "no reader is missing: $(card_list)"
sign carol
pcsc_bridge add-reader "desk bob"
eventually has "desk bob" Yes
sign bob
[[ $(card_list) == *"bob  inserted  used at "* ]] || fail "a reader is missing: $(card_list)"
(($(grep -c 'connected$' serve.log) == 1)) || fail "more than one connection"

step "the line breaks while one signs: no card is removed"
removed=$(grep -c 'card removed' serve.log)
sign alice &
signs=$!
kill -KILL $line
rm -f "$work/line.sock"
the_line
wait $signs
eventually grep -q 'nothing was lost' serve.log
sign bob
sign carol
(($(grep -c 'card removed' serve.log) == removed)) || fail "a card was removed"

step "a client with more cards than there is room for"
vscclient --control none --vsc "connect:unix:$work/two.sock" "${cards[@]}" 2>two.log &
two=$!
eventually has "two bob" Yes
eventually grep -q 'carol: not in use: .* takes 2 cards on one connection; give this card' two.log
kill $two
eventually has two No
! has "two bob" No || fail "a reader without a client"
