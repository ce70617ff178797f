#!/usr/bin/env bash
# A laptop with the card changes its network while the card signs: its address is gone, for longer than a
# line may be by default, and another one comes. With grace=60 the program has its signature. The
# environment names what is tested: PCSC_BRIDGE and VSCCLIENT.
# shellcheck source=tests/interop/network.bash
source "$(dirname "$0")/network.bash"
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

cd "$work"
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
head -c 100 /dev/urandom >data
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=Far -days 10 \
  2>/dev/null
openssl x509 -in cert.pem -noout -pubkey >public.pem
openssl rand -hex 32 | sed 's/^/desk:/' >psk
chmod 600 psk
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
export PCSCLITE_CSOCK_NAME=$work/pcscd.comm

pause() { read -rt "$1" <> <(:) || true; }
until_reader() { until opensc-tool --list-readers 2>&1 | grep -q " $1 .*far"; do pause 0.05; done; }
made() { grep -c 'command 00 87 07' client.log || true; }
sign() {
  rm -f sig
  pkcs11-tool --module "$module" --login --pin "$pin" --sign --id 01 -m SHA256-RSA-PKCS -i data \
    -o sig >said 2>&1 || fail "no signature: $(<said)"
  openssl dgst -sha256 -verify public.pem -signature sig data >said || fail "a wrong signature"
}

place laptop 1
keys="psk=$work/psk,grace=60"
"$PCSC_BRIDGE" serve --control none --socket "$work/pcscd.comm" \
  --reader "listen:tls://0.0.0.0:2001,$keys,name=far" 2>serve.log &
until_reader No
ip netns exec laptop "$VSCCLIENT" --control none --log-level trace --vsc "connect:tls://10.0.1.1:2001,$keys" \
  --card "soft:pem=$work/cert.pem,key=$work/key.pem,delay=100ms" 2>client.log &
until_reader Yes
grep -q 'tls://10.0.1.2:.* connected' serve.log

step "its address is gone while the card signs, and another one comes after 12 s"
pkcs11-tool --module "$module" --login --pin "$pin" --test >tested 2>&1 &
tests=$!
until (($(made) > 0)); do pause 0.02; done
ip -n laptop addr del 10.0.1.2/24 dev eth0
pause 12
ip -n laptop addr add 10.0.1.77/24 dev eth0
wait "$tests" || fail "the test has failed: $(<tested)"
grep -q '^No errors' tested
grep -q 'the card is kept for 60 s' serve.log
eventually grep -q 'tls://10.0.1.77:.* connected' serve.log
grep -q 'and nothing was lost' serve.log
! grep -q 'card removed' serve.log || fail "the card was removed"
sign
