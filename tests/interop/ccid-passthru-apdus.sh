#!/usr/bin/env bash
# Long and late answers through our reader, at the test card that echoes (tests/peer/echo_card.cpp).
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

# start_in_guest NAME COMMAND: goes on in the background of the guest.
start_in_guest() { in_guest "{ $2; echo status \$?; } >$1.out 2>&1 &"; }

# end_in_guest NAME SECONDS: it has succeeded by then.
end_in_guest() {
  patience=$2 wait_for_line '^status' "$share/$1.out"
  grep -q '^status 0$' "$share/$1.out" || fail "$1: $(cat "$share/$1.out")"
}

# our_readers NAME...: their options in $arguments. Every reader has its serial number in its name in
# the guest.
our_readers() {
  local name
  arguments=()
  for name; do
    redirection "$name" "${bus[$name]:-xhci}"
    reader_links "$name" peer-max-apdu=65544
    arguments+=(--reader "$name" "${links[@]}" --serial "$name")
  done
}

declare -A bus=([uhci]=uhci)
our_readers uhci xhci slow large
start_readers readers "${arguments[@]}" --max-message 65554
our_readers late mute
start_readers strict "${arguments[@]}" --apdu-timeout 20
start_guest "${uhci[@]}" "${xhci[@]}"
start_echoes() { for name in uhci xhci slow large late mute; do start_echo "$name"; done; }
times=6 guest_sees card start_echoes
guest_says 'Short and extended APDU level exchange' lsusb -v -d 08e6:4433

step "in the background: answers that come after 90 seconds, too late, and never"
start_in_guest slow 'pcsc-echo slow late 90'
start_in_guest late 'pcsc-events 60 card >late.events & ! pcsc-echo late late 25 && wait $! && pcsc-echo late echo 10'
start_in_guest mute '! pcsc-echo mute late 3600'

# Of patience: a busy machine takes 50 ms an APDU on UHCI.
for name in uhci xhci large; do
  step "$name: responses of 2 to 600 bytes"
  patience=180 quietly in_guest pcsc-echo "$name" sizes 2 600
  step "$name: long APDUs, both ways"
  patience=180 quietly in_guest pcsc-echo "$name" echo 1 255 256 2000 10000 60000 65535
done

step "an answer that came too late"
end_in_guest late 60
grep -q '^no-card.*late' <(sed '1,/^watching/d' "$share/late.events") ||
  fail "the late card was not shown as removed: $(cat "$share/late.events")"

step "a card that does not answer"
end_in_guest mute 60
guest_says '^no-card .*mute' pcsc-events "$patience" no-card 0
kill_echo mute
guest_sees card start_echo mute
quietly in_guest pcsc-echo mute echo 1000

step "answers after 10 and 30 seconds"
quietly guest_exec 90 'pcsc-echo uhci late 10 & pcsc-echo xhci late 30 && wait $!'

step "the card's owner is killed in the middle of an APDU"
rm "$share/events"
in_guest 'pcsc-events 30 no-card >events & ! pcsc-echo xhci late 3600 && wait $!' &
job=$!
wait_for_line '^watching' "$share/events"
wait_for_line 'late by 3600' "$work/xhci-card.log"
killed=${EPOCHREALTIME/./}
kill_echo xhci
wait "$job"
echo "   the command failed and the card was shown as removed after $(((${EPOCHREALTIME/./} - killed) / 1000)) ms"
guest_sees card start_echo xhci
quietly in_guest pcsc-echo xhci echo 1000

step "an answer after 90 seconds"
end_in_guest slow 120

step "a virtual card of another maker, by vpcd's protocol"
kill_echo slow
start_client --vsc "connect:unix:$work/slow.vsc" --card "vpcd:listen:unix:$work/vpcd.sock"
wait_for_line 'listening on' "$client_log"
start_virtual_card() {
  setpriv --pdeathsig KILL "$(dirname "$0")/vpcd_card.py" connect "$work/vpcd.sock" >"$work/vpcd-card.log" &
  virtual_card=$!
}
guest_sees card start_virtual_card
quietly in_guest pcsc-echo slow echo 1 2000 65000
guest_sees no-card kill "$virtual_card"
stop_client

# Now that no card works: pcscd would not take a new reader meanwhile.
step "the device is unplugged and plugged in again"
guest_sees no-reader guest_monitor device_del xhci-reader
guest_monitor chardev-add "socket,id=again,path=$work/xhci.usbredir,server=on,wait=off"
guest_sees reader guest_monitor device_add usb-redir,id=xhci-reader,chardev=again,bus=xhci.0
quietly in_guest pcsc-echo xhci echo 1000

step "GnuPG's own driver"
for name in uhci slow large; do guest_sees no-reader ctl_readers readers remove "$name"; done
times=2 guest_sees no-reader ctl_readers strict exit
in_guest killall pcscd
# GnuPG's card daemon runs this program when the card comes or goes.
in_guest 'mkdir -m 700 /root/.gnupg && cd /root/.gnupg &&
  printf "#!/bin/sh\necho \"\$*\" >>/share/scd.events\n" >scd-event && chmod +x scd-event &&
  mkfifo requests && { /usr/lib/gnupg/scdaemon --server <>requests >/share/scd.out 2>&1 & }'
scd() { in_guest "printf '%s\\n' ${*@Q} >/root/.gnupg/requests"; }
scd 'SERIALNO undefined' 'APDU --atr' 'APDU 00010000046162636400'
wait_for_line '^D abcd' "$share/scd.out"
grep -q '^S CARD-ATR 3B808131FE458B$' "$share/scd.out"
kill_echo xhci
wait_for_line 'NOCARD' "$share/scd.events"
