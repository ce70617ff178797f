#!/usr/bin/env bash
# Usage: bench/guest.sh [--json]
# How long a small command takes from inside a guest with QEMU's stock reader, by the reader's bus and
# the chardev between QEMU and the client; ./run bench calls it. VSCCLIENT, CERTS_TEST, GUEST_PROGRAMS
# and VSC_BENCH name what is measured and with what.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/../tests/interop/interop.bash"

readonly rounds=7 # the readers take turns
format=table
[[ ${1:-} != --json ]] || format=json
# shellcheck disable=SC2054  # the comma is QEMU's
xhci=(-device qemu-xhci,id=xhci)

# A TCP reader as a user would have to write it to have it fast.
nodelay_reader() {
  readers+=(-chardev "socket,id=$1,host=127.0.0.1,port=0,server=on,wait=off,nodelay=on"
    -device "usb-ccid,id=$1-reader,bus=$2.0"
    -device "ccid-card-passthru,chardev=$1,bus=$1-reader.0")
}

soft_card() {
  start_client --log-level warning --vsc "connect:$(address "$1")" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
}

# A card that answers at once, of a client that acknowledges late.
late_card() { VSCCLIENT=$VSC_BENCH start_client answer "$(address "$1")"; }

# plug READER CARD: $in_guest_as tells what the guest calls the reader.
declare -A in_guest_as
plug() {
  guest_sees card "$2" "$1"
  in_guest_as[$1]=$(sed -n 's/^card \(.*\) [0-9a-f]*$/\1/p' "$share/events" | tail -n 1)
}

# ping READER COUNT STATUS: adds a line "MEDIAN P99", microseconds. The command selects the applet of
# a CAC's first certificate.
ping() {
  in_guest pcsc-ping 00a4040007a0000000790100 "$3" "$2" "${in_guest_as[$1]}" |
    awk '{ print $4, $6 }' >>"$work/$1.samples"
}

# The round with the smallest median: the one that other work on the machine disturbed least.
quietest() { sort -n "$work/$1.samples" | sed -n 1p; }

# show BUS WHAT READER
show() {
  local median p99 floor ratio
  read -r median p99 < <(quietest "$3")
  read -r floor _ < <(quietest "$1-nodelay")
  ratio=$(awk "BEGIN { printf \"%.2f\", $median / $floor }")
  if [[ $format == json ]]; then
    printf '{"bus": "%s", "what": "%s", "median_us": %s, "p99_us": %s, "times_nodelay": %s}\n' \
      "$1" "$2" "$median" "$p99" "$ratio"
  else
    printf '%-5s %-35s %9s %9s %9s\n' "$1" "$2" "$median" "$p99" "$ratio"
  fi
}

measure() {
  make_card alice Alice
  for bus in uhci xhci; do
    nodelay_reader "$bus-nodelay" "$bus"
    stock_reader "$bus-default" "$bus" tcp
  done
  stock_reader xhci-unix xhci unix # UHCI has two ports
  stock_reader xhci-late xhci tcp
  start_guest "${uhci[@]}" "${xhci[@]}"

  step "insert the cards"
  local reader round soft_readers=({uhci,xhci}-{nodelay,default} xhci-unix)
  for reader in "${soft_readers[@]}"; do plug "$reader" soft_card; done
  plug xhci-late late_card

  for ((round = 1; round <= rounds; ++round)); do
    step "round $round of $rounds"
    for reader in "${soft_readers[@]}"; do
      ping "$reader" 300 610d # 13 bytes are there to be fetched
    done
    ping xhci-late 20 9000
  done
}

measure >&2
[[ $format == json ]] || printf '%-41s %9s %9s %9s\n' '' median p99 'x nodelay'
show uhci "TCP with nodelay=on" uhci-nodelay
show uhci "TCP, QEMU's default" uhci-default
show xhci "TCP with nodelay=on" xhci-nodelay
show xhci "TCP, QEMU's default" xhci-default
show xhci "UNIX" xhci-unix
show xhci "TCP, QEMU's default, late client" xhci-late
