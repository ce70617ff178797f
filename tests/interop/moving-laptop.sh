#!/usr/bin/env bash
# A laptop with the card changes its network while the card signs: its address is gone, for longer than a
# line may be by default, and another one comes. With grace=60 the program has its signature. The
# environment names what is tested: PCSC_BRIDGE and VSCCLIENT.
# shellcheck source=tests/interop/network.bash
source "$(dirname "$0")/network.bash"
# shellcheck source=tests/interop/far.bash
source "$(dirname "$0")/far.bash"

openssl rand -hex 32 | sed 's/^/desk:/' >psk
chmod 600 psk
place laptop 1
keys="psk=$work/psk,grace=60"
"$PCSC_BRIDGE" serve --control none --socket "$work/pcscd.comm" \
  --reader "listen:tls://0.0.0.0:2001,$keys,name=far" 2>serve.log &
until_reader No
ip netns exec laptop "$VSCCLIENT" --control none --log-level trace --vsc "connect:tls://10.0.1.1:2001,$keys" \
  --card "$far_card,delay=100ms" 2>client.log &
until_reader Yes
grep -q 'tls://10.0.1.2:.* connected' serve.log

step "its address is gone while the card signs, and another one comes after 12 s"
test_all
until (($(made) > 0)); do pause 0.02; done
ip -n laptop addr del 10.0.1.2/24 dev eth0
pause 12
ip -n laptop addr add 10.0.1.77/24 dev eth0
tests_pass
grep -q 'the card is kept for 60 s' serve.log
eventually grep -q 'tls://10.0.1.77:.* connected' serve.log
grep -q 'and nothing was lost' serve.log
! grep -q 'card removed' serve.log || fail "the card was removed"
sign
