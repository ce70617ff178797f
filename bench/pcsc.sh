#!/usr/bin/env bash
# Usage: bench/pcsc.sh [--json]
# What SCardTransmit takes through our handler in pcscd and through our own service, on one core and on all, next to
# vsmartcard's vpcd and to a handler that answers at once, also beside busy loops; 16 readers at once; how fast a card is seen to come and go; and how soon
# `pcsc-bridge run` is ready. ./run bench calls it. BENCH_PEER, INSTANT_HANDLER, PCSC_SWAP, VSC_BENCH
# and what tests/interop/pcscd.bash needs name what is measured and with what.
# shellcheck source=tests/interop/pcscd.bash
source "$(dirname "$0")/../tests/interop/pcscd.bash"

readonly rounds=5 # what is compared takes turns
readonly vpcd_port=35963
readonly vpcd=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
PATH=$(dirname "$VSCCLIENT"):$PATH
format=table
[[ ${1:-} != --json ]] || format=json

# on_cores LIST: this script and what it starts from now on.
on_cores() { taskset --cpu-list --pid "$1" $$ >/dev/null; }

# other_reader NAME DEVICE HANDLER: adds a reader that is not ours to pcscd's.
other_reader() {
  IFD_HANDLER=$3 pcsc_reader "$1" "$2"
}

# peer WHAT ADDRESS: a card that answers at once. It dies with the benchmark.
peer() { setpriv --pdeathsig KILL "$BENCH_PEER" "$@" >>"$work/peers.log" 2>&1 & }

# ping READER COUNT: a line "MEDIAN P99", microseconds.
ping() { in_guest pcsc-ping 00c0000000 9000 "$2" "$1" | awk '{ print $4, $6 }'; }

# start_service READER...: our service, with readers whose cards are in other processes, and a card in its own.
start_service() {
  local reader options=()
  rm -f "$work/service.pid"
  for reader; do options+=(--reader "listen:unix:$work/$reader.vsc,name=$reader"); done
  setpriv --pdeathsig KILL "$PCSC_BRIDGE" serve --socket "$work/service.comm" "${options[@]}" \
    --card "replay:$work/instant.record,match=any,name=same-process" \
    --control none --log-level warning --pid-file "$work/service.pid" 2>>"$work/service.log" &
  service=$!
  eventually test -s "$work/service.pid"
  for reader; do peer card "unix:$work/$reader.vsc"; done
  for reader; do eventually through_service ping "$reader" 1; done
}

stop_service() {
  kill "$service"
  wait "$service"
}

through_service() { PCSCLITE_CSOCK_NAME=$work/service.comm "$@"; }

# eventually COMMAND...: it succeeds within the patience.
eventually() {
  local deadline=$((SECONDS + patience))
  until "$@" >/dev/null 2>&1; do ((SECONDS < deadline)) || fail "in vain: $*"; done
}

cat >"$work/instant.record" <<'END'
{"format":"vscard recording","version":1,"time":0,"card":"instant","reader":"instant","secrets":"blank"}
{"time":0,"card":"instant","event":"inserted","atr":"3b00"}
{"time":0,"card":"instant","command":"00c0000000"}
{"time":0,"card":"instant","response":"9000"}
END

# The line with the smallest median: what other work on the machine disturbed least.
quietest() { sort -n "$work/$1.samples" | sed -n 1p; }

# show WHAT MEDIAN P99 [TIMES-FLOOR]
show() {
  if [[ $format == json ]]; then
    printf '{"what": "%s", "median_us": %s, "p99_us": %s, "times_floor": %s}\n' "$1" "$2" "$3" "${4:-null}"
  else
    printf '%-48s %9s %9s %9s\n' "$1" "$2" "$3" "${4:-}"
  fi
}

# measure_commands CORES: each figure's samples go to a file that starts with the number of cores.
measure_commands() {
  local on=$1 round
  rm -f "$work/conf/reader.conf"
  pcsc_reader ours
  other_reader instant /dev/null "$INSTANT_HANDLER"
  other_reader ping-pong ping-pong: "$INSTANT_HANDLER"
  other_reader vpcd "/dev/null:$vpcd_port" "$vpcd"
  : >"$pcscd_log"
  start_pcscd
  # shellcheck disable=SC2317  # called by guest_sees
  start_peers() {
    peer card "unix:$work/ours.vsc"
    peer late-vpcd-card "$vpcd_port"
  }
  times=2 guest_sees card start_peers
  start_service other-process
  for ((round = 1; round <= rounds; ++round)); do
    step "$on core(s), round $round of $rounds"
    "$VSC_BENCH" floor unix >>"$work/$on-floor.samples"
    ping instant 5000 >>"$work/$on-instant.samples"
    ping ping-pong 5000 >>"$work/$on-ping-pong.samples"
    ping ours 5000 >>"$work/$on-ours.samples"
    ping vpcd 20 >>"$work/$on-vpcd.samples"
    through_service ping other-process 5000 >>"$work/$on-other-process.samples"
    through_service ping same-process 5000 >>"$work/$on-same-process.samples"
  done
  stop_service
  stop_pcscd
}

show_commands() {
  local on=$1 what reader instant instant_p99 socket socket_p99 floor median p99
  read -r instant instant_p99 < <(quietest "$on-instant")
  read -r socket socket_p99 < <(quietest "$on-floor")
  floor=$(awk "BEGIN { print $instant + $socket }")
  show "$on: a UNIX socket's ping-pong" "$socket" "$socket_p99"
  show "$on: a handler that answers at once" "$instant" "$instant_p99"
  show "$on: floor: the two together" "$floor" null 1.00
  while read -r reader what; do
    read -r median p99 < <(quietest "$on-$reader")
    show "$on: $what" "$median" "$p99" "$(awk "BEGIN { printf \"%.2f\", $median / $floor }")"
  done <<'END'
ping-pong a handler with a ping-pong in it
ours our handler
other-process our service, card in another process
same-process our service, card in its process
vpcd vpcd's handler
END
}

# took READER: seconds for 3,500 commands.
took() {
  local began=$EPOCHREALTIME
  ping "$1" 3500 >/dev/null
  awk "BEGIN { print $EPOCHREALTIME - $began }"
}

# Beside a busy loop for each core; the cards are in a vscclient, in a program that knows nothing but vpcd's protocol
# and acknowledges at once, and in our service.
measure_busy() {
  local core round loops=()
  rm -f "$work/conf/reader.conf"
  pcsc_reader ours
  other_reader vpcd "/dev/null:$vpcd_port" "$vpcd"
  start_pcscd
  # shellcheck disable=SC2317  # called by guest_sees
  start_peers() {
    start_client --vsc "connect:unix:$work/ours.vsc" --card "replay:$work/instant.record,match=any"
    peer vpcd-card "$vpcd_port"
  }
  times=2 guest_sees card start_peers
  start_service
  for ((core = 0; core < $(nproc); ++core)); do
    setpriv --pdeathsig KILL sh -c 'while :; do :; done' &
    loops+=($!)
  done
  for ((round = 1; round <= rounds; ++round)); do
    step "beside busy loops, round $round of $rounds"
    took ours >>"$work/busy-ours.samples"
    took vpcd >>"$work/busy-vpcd.samples"
    through_service took same-process >>"$work/busy-same-process.samples"
  done
  kill "${loops[@]}"
  stop_service
  stop_client
  stop_pcscd
}

# The median: what disturbs is what is measured here.
show_busy() {
  local reader what seconds
  while read -r reader what; do
    seconds=$(sort -n "$work/busy-$reader.samples" | sed -n "$(((rounds + 1) / 2))p")
    if [[ $format == json ]]; then
      printf '{"what": "seconds for 3,500 commands beside busy loops, %s", "seconds": %s}\n' "$what" "$seconds"
    else
      printf '%-48s %9s\n' "busy loops, 3,500 commands: $what" "$seconds"
    fi
  done <<'END'
ours our handler and vscclient
same-process our service, card in its process
vpcd vpcd, card of one thread
END
}

# rate READER...: commands a second of programs that use one reader each, at the same time.
rate() {
  local began=$EPOCHREALTIME count=5000 reader
  local pings=()
  for reader; do
    ping "$reader" "$count" >/dev/null &
    pings+=($!)
  done
  wait "${pings[@]}"
  awk "BEGIN { printf \"%.0f\n\", $# * $count / ($EPOCHREALTIME - $began) }"
}

measure_readers() {
  local i began all=()
  rm -f "$work/conf/reader.conf"
  for i in {10..25}; do
    pcsc_reader "r$i"
    all+=("r$i")
  done
  start_pcscd
  for i in "${all[@]}"; do
    eventually test -S "$work/$i.vsc"
    peer card "unix:$work/$i.vsc"
  done
  began=$SECONDS
  until (($(in_guest opensc-tool --list-readers | grep -c ' Yes ' || true) == 16)); do
    ((SECONDS - began < 60)) || fail "pcscd does not show all 16 readers with their cards in 60 s"
  done
  step "16 readers"
  one=$(rate r10)
  sixteen=$(rate "${all[@]}")
  stop_pcscd
  start_service "${all[@]}"
  own_one=$(through_service rate r10)
  own_sixteen=$(through_service rate "${all[@]}")
  stop_service
}

# show_rate WHAT ONE SIXTEEN
show_rate() {
  if [[ $format == json ]]; then
    printf '{"what": "commands a second, %s", "one_reader": %s, "16_readers": %s}\n' "$@"
  else
    printf '%-48s %9s\n' "commands a second, $1: one reader" "$2" "commands a second, $1: 16 readers" "$3"
  fi
}

show_readers() {
  show_rate "our handler" "$one" "$sixteen"
  show_rate "our service" "$own_one" "$own_sixteen"
}

# In a world of its own, whose card exists: one of libcacard, or a PIV card.
bridge() { "$PCSC_BRIDGE" run --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc" -- "$@"; }
piv_bridge() { "$PCSC_BRIDGE" run --card "piv:dir=$work/piv" -- "$@"; }

# starts BRIDGE: microseconds until the command runs, sorted.
starts() {
  local i began
  for i in {1..20}; do
    began=$EPOCHREALTIME
    # shellcheck disable=SC2016  # expanded by the command
    "$1" bash -c 'echo $EPOCHREALTIME' | awk "{ printf \"%.0f\n\", (\$1 - $began) * 1000000 }"
  done | sort -n
}

measure_bridge() {
  make_card alice Alice
  step "a card that comes and goes"
  for with in --with-pcscd ''; do
    # shellcheck disable=SC2016,SC2086  # expanded by the command; no word in place of none
    "$PCSC_BRIDGE" run $with --card "piv:dir=$work/piv" --readers 2 -- \
      sh -c '"$PCSC_SWAP" "client:$VSCARD_READERS/1.sock" "reader 1" 200' | awk '{ print $4, $6 }' >"$work/swap$with.samples"
  done
  # shellcheck disable=SC2016  # expanded by the command
  piv_bridge sh -c '"$PCSC_SWAP" "control:${VSCARD_CONTROL#unix:}" piv 200' | awk '{ print $4, $6 }' >"$work/piv-swap.samples"
  step "pcsc-bridge run"
  starts bridge >"$work/start"
  starts piv_bridge >"$work/piv-start"
}

show_bridge() {
  # shellcheck disable=SC2046  # two words
  show "pcscd, our handler: a VSC client's card to SCardGetStatusChange" $(quietest swap--with-pcscd)
  # shellcheck disable=SC2046  # likewise
  show "our service: the same" $(quietest swap)
  # shellcheck disable=SC2046  # likewise
  show "our service, card in its process: ctl to SCardGetStatusChange" $(quietest piv-swap)
  show "pcsc-bridge run: from nothing to a card of libcacard" "$(sed -n 10p "$work/start")" "$(sed -n 20p "$work/start")"
  show "the same, a PIV card" "$(sed -n 10p "$work/piv-start")" "$(sed -n 20p "$work/piv-start")"
}

cores=$(nproc)
{
  on_cores $((cores - 1)) # the system's own work tends to be on the first
  measure_commands 1
  measure_bridge
  on_cores 0-$((cores - 1))
  ((cores == 1)) || measure_commands "$cores"
  measure_busy
  measure_readers
} >&2
[[ $format == json ]] || printf '%-48s %9s %9s %9s\n' '' median p99 'x floor'
show_commands 1
((cores == 1)) || show_commands "$cores"
show_bridge
show_busy
show_readers
