#!/usr/bin/env bash
# Usage: bench/guest.sh [--json]
# How long a small command takes from inside a guest, to a card that answers at once: through our
# reader by usbredir, also through a SPICE server, and by USB/IP, through QEMU's own by the chardev between it and the client, and
# through a reader that does the least that usbredir needs. ./run bench calls it. CCID_PASSTHRU, GUEST_PROGRAMS and BENCH_PEER
# name what is measured and with what.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/../tests/interop/passthru.bash"

readonly rounds=7 # the readers take turns
format=table
[[ ${1:-} != --json ]] || format=json
# shellcheck disable=SC2034,SC2054  # used by tests/interop; the comma is QEMU's
second_uhci=(-device piix3-usb-uhci,id=uhci2) # a UHCI controller has two ports

# shellcheck disable=SC2054  # the commas are QEMU's
network=(-netdev user,id=net -device virtio-net,netdev=net) # for USB/IP

# A TCP reader as a user would have to write it to have it fast.
nodelay_reader() {
  readers+=(-chardev "socket,id=$1,host=127.0.0.1,port=0,server=on,wait=off,nodelay=on"
    -device "usb-ccid,id=$1-reader,bus=$2.0"
    -device "ccid-card-passthru,chardev=$1,bus=$1-reader.0")
}

# serve WHAT ADDRESS: starts a peer (bench/bench_peer.cpp).
serve() { VSCCLIENT=$BENCH_PEER start_client "$1" "$2"; }

# plug READER COMMAND...: the command brings a card to the reader; $in_guest_as tells what the guest
# calls it.
declare -A in_guest_as
plug() {
  guest_sees card "${@:2}"
  in_guest_as[$1]=$(sed -n 's/^card \(.*\) [0-9a-f]*$/\1/p' "$share/events" | tail -n 1)
}

# ping READER COUNT: adds a line "MEDIAN P99", microseconds.
ping() {
  in_guest pcsc-ping 00a4040007a0000000790100 9000 "$2" "${in_guest_as[$1]}" |
    awk '{ print $4, $6 }' >>"$work/$1.samples"
}

# The round with the smallest median: the one that other work on the machine disturbed least.
quietest() { sort -n "$work/$1.samples" | sed -n 1p; }

# show BUS WHAT READER
show() {
  local median p99 floor ratio
  read -r median p99 < <(quietest "$3")
  read -r floor _ < <(quietest "$1-floor")
  ratio=$(awk "BEGIN { printf \"%.2f\", $median / $floor }")
  if [[ $format == json ]]; then
    printf '{"bus": "%s", "what": "%s", "median_us": %s, "p99_us": %s, "times_floor": %s}\n' \
      "$1" "$2" "$median" "$p99" "$ratio"
  else
    printf '%-5s %-43s %9s %9s %9s\n' "$1" "$2" "$median" "$p99" "$ratio"
  fi
}

measure() {
  local bus reader round usbip_port ours=() in_turn=({uhci,xhci}-{floor,ours,nodelay,default} xhci-unix spice usbip)
  for bus in uhci xhci; do
    redirection "$bus-floor" "${bus/uhci/uhci2}"
    redirection "$bus-ours" "${bus/uhci/uhci2}"
    reader_links "$bus-ours"
    ours+=(--reader "$bus-ours" "${links[@]}")
    nodelay_reader "$bus-nodelay" "$bus"
    stock_reader "$bus-default" "$bus" tcp
  done
  stock_reader xhci-unix xhci unix
  stock_reader xhci-late xhci tcp
  # shellcheck disable=SC2054  # the commas are QEMU's
  readers+=(-spice "unix=on,addr=$work/spice,disable-ticketing=on"
    -chardev spicevmc,id=spice,name=usbredir -device usb-redir,chardev=spice,bus=xhci.0)
  ours+=(--reader spice --vsc "listen:unix:$work/spice.vsc" --usbredir "connect:spice+unix:$work/spice")
  usbip_port=$(free_port)
  ours+=(--reader usbip --vsc "listen:unix:$work/usbip.vsc" --usbip "listen:tcp://127.0.0.1:$usbip_port")
  start_readers readers "${ours[@]}"
  start_guest "${uhci[@]}" "${second_uhci[@]}" "${xhci[@]}" "${network[@]}"

  step "insert the cards"
  for bus in uhci xhci; do
    plug "$bus-floor" serve reader "$work/$bus-floor.usbredir"
    plug "$bus-ours" serve card "unix:$work/$bus-ours.vsc"
    for reader in "$bus-nodelay" "$bus-default"; do
      plug "$reader" serve card "$(address "$reader")"
    done
  done
  quietly in_guest "modprobe vhci-hcd && usbip --tcp-port $usbip_port attach --remote 10.0.2.2 --busid 1-1"
  plug usbip serve card "unix:$work/usbip.vsc"
  plug spice serve card "unix:$work/spice.vsc"
  plug xhci-unix serve card "$(address xhci-unix)"
  plug xhci-late serve late-card "$(address xhci-late)"

  for ((round = 1; round <= rounds; ++round)); do
    step "round $round of $rounds"
    for reader in "${in_turn[@]}"; do ping "$reader" 300; done
    ping xhci-late 20
  done
}

measure >&2
[[ $format == json ]] || printf '%-49s %9s %9s %9s\n' '' median p99 'x floor'
for bus in uhci xhci; do
  show "$bus" "usbredir: floor" "$bus-floor"
  show "$bus" "our reader" "$bus-ours"
  show "$bus" "QEMU's reader, TCP with nodelay=on" "$bus-nodelay"
  show "$bus" "QEMU's reader, TCP as is" "$bus-default"
done
show xhci "QEMU's reader, UNIX" xhci-unix
show xhci "our reader, usbredir channel of SPICE" spice
show xhci "our reader, USB/IP over virtio-net" usbip
show xhci "QEMU's reader, TCP as is, late client" xhci-late
