#!/usr/bin/env bash
# Long commands, long answers and a late one, from the guest over a port of our SPICE server to the
# test card that echoes (tests/peer/echo_card.cpp), with a SPICE client of ours.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

# An echo command of so many bytes in all, as hex: a case 3 APDU of extended length.
command_of() {
  printf '0001000000%04x' $(($1 - 7))
  printf '55%.0s' $(seq $(($1 - 7)))
}

start_card() { setpriv --pdeathsig KILL "$ECHO_CARD" "connect:spice+unix:$work/spice" >>"$work/card.log" 2>&1 & }

redirection reader xhci
start_readers reader --vsc "listen:spicevmc+unix:$work/spice,peer-max-apdu=65544" \
  --usbredir "connect:unix:$work/reader.usbredir"
start_guest "${xhci[@]}"
guest_sees card start_card

step "commands around the card channel's 270 bytes, and longer ones"
for size in 261 270 271 282 283 4103 65535 270; do
  command_of "$size" >"$share/command"
  # shellcheck disable=SC2016  # for the guest's shell
  quietly in_guest 'pcsc-ping "$(cat command)" 9000 1'
done

step "long responses"
quietly in_guest pcsc-echo reader sizes 2 300
quietly in_guest pcsc-echo reader sizes 65000 65000

step "an answer after 60 seconds, longer than the SPICE server waits for a client"
# The clock of a guest that boots on a busy machine may be some times too fast.
quietly guest_exec 600 pcsc-echo reader late 60
quietly in_guest pcsc-echo reader echo 100
[[ $(grep -c 'card inserted' "$work/reader.log") == 1 ]]
