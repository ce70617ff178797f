#!/usr/bin/env bash
# A line that breaks while a card signs, as docs/slow-lines.md has it: no program sees the card go, no
# signature is lost, and none is made twice. The environment names what is tested: PCSC_BRIDGE and
# VSCCLIENT.
# shellcheck source=tests/interop/far.bash
source "$(dirname "$0")/far.bash"

# bring_card KEYS: to the other end of the line.
bring_card() {
  vscclient --control none --log-level trace --vsc "connect:unix:$work/line.sock$1" \
    --card "$far_card" 2>client.log &
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
bring_card ""
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
test_all
until (($(made) > asked)); do pause 0.02; done
kill -STOP "$line"
pause 8
kill -CONT "$line"
tests_pass
grep -q 'nothing comes from the peer' serve.log client.log
no_card_has_gone

step "the client ends: its card is gone at once, though the line would have had time"
kill "$client"
until_reader No
no_card_has_gone

step "with grace=0 a broken line takes the card with it"
bring_card ",grace=0"
kill -STOP "$client"
kill -KILL "$line"
until_reader No
no_card_has_gone
