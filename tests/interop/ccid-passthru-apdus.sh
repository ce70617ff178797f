#!/usr/bin/env bash
# Long and late answers through our reader, at the test card that echoes (tests/peer/echo_card.cpp).
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

declare -A card_pid
# start_echo NAME: a card for the reader. It dies with the test.
start_echo() {
  setpriv --pdeathsig KILL "$ECHO_CARD" "connect:unix:$work/$1.vsc" >>"$work/$1-card.log" 2>&1 &
  card_pid[$1]=$!
}

kill_echo() {
  kill -KILL "${card_pid[$1]}"
  wait "${card_pid[$1]}" 2>/dev/null || true
}

# Every reader has its serial number in its name in the guest.
arguments=()
for name in uhci xhci large; do
  redirection "$name" "${name/large/xhci}"
  reader_links "$name" peer-max-apdu=65544
  arguments+=(--reader "$name" "${links[@]}" --serial "$name")
done
redirection strict xhci
reader_links strict
start_readers readers "${arguments[@]}" --max-message 65554
start_readers strict --reader strict "${links[@]}" --serial strict --apdu-timeout 5
start_guest "${uhci[@]}" "${xhci[@]}"
start_echoes() { for name in uhci xhci large strict; do start_echo "$name"; done; }
times=4 guest_sees card start_echoes
guest_says 'Short and extended APDU level exchange' lsusb -v -d 08e6:4433

for name in uhci xhci large; do
  step "$name: responses of 2 to 600 bytes"
  quietly in_guest pcsc-echo "$name" sizes 2 600
  step "$name: long APDUs, both ways"
  quietly in_guest pcsc-echo "$name" echo 1 255 256 2000 10000 60000 65535
done

step "answers after 10 and 30 seconds"
quietly guest_exec 90 'pcsc-echo uhci late 10 & pcsc-echo xhci late 30 && wait $!'

step "an answer that comes too late"
quietly guest_exec 60 'pcsc-events 30 card >events & ! pcsc-echo strict late 10 && wait $! && pcsc-echo strict echo 10'
grep -q '^no-card' <(sed '1,/^watching/d' "$share/events")

step "the card's owner is killed in the middle of an APDU"
in_guest 'pcsc-events 30 no-card >events & ! pcsc-echo xhci late 3600 && wait $!' &
job=$!
wait_for_line 'late by 3600' "$work/xhci-card.log"
kill_echo xhci
wait "$job"
guest_sees card start_echo xhci
quietly in_guest pcsc-echo xhci echo 1000

step "the device is unplugged and plugged in again"
guest_sees no-reader guest_monitor device_del xhci-reader
guest_monitor chardev-add "socket,id=again,path=$work/xhci.usbredir,server=on,wait=off"
guest_sees reader guest_monitor device_add usb-redir,id=xhci-reader,chardev=again,bus=xhci.0
quietly in_guest pcsc-echo xhci echo 1000

step "GnuPG's own driver"
guest_sees no-reader ctl_readers readers remove uhci
guest_sees no-reader ctl_readers readers remove large
guest_sees no-reader ctl_readers strict exit
in_guest killall pcscd
scd() { in_guest "printf '%s\\n' ${*@Q} BYE | /usr/lib/gnupg/scdaemon --server"; }
scd 'SERIALNO undefined' 'APDU 00010000046162636400' >"$work/scdaemon.log" 2>&1
grep -q '^D abcd' "$work/scdaemon.log"
