#!/usr/bin/env bash
# Usage: bench/instructions.sh [--json]
# How many instructions ccid-passthru spends on a small command to a card that answers at once, as valgrind's callgrind
# counts them: those do not depend on what else the machine does. ./run bench calls it. VSC_BENCH and CCID_PASSTHRU name
# what is measured and with what.
set -euo pipefail

readonly few=1000 many=11000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# instructions COUNT [OPTION...]: of a program with these options from its start to its end, with so many commands.
instructions() {
  local vsc usbredir guest program
  coproc EXCHANGES { exec "$VSC_BENCH" exchanges "$1"; }
  guest=$EXCHANGES_PID
  read -r vsc usbredir <&"${EXCHANGES[0]}"
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$CCID_PASSTHRU" --log-level error --sandbox off \
    --control none --reader r --vsc "$vsc" --usbredir "$usbredir" "${@:2}" >/dev/null 2>"$work/valgrind" &
  program=$!
  wait "$guest"
  kill -TERM "$program"
  wait "$program"
  sed -n 's/.*Collected : //p' "$work/valgrind"
}

# row WHAT [OPTION...]
row() {
  local cost
  cost=$((($(instructions "$many" "${@:2}") - $(instructions "$few" "${@:2}")) / (many - few)))
  if [[ $json ]]; then
    printf '{"what": "%s", "instructions": %s}\n' "$1" "$cost"
  else
    printf '%-32s %9s\n' "$1" "$cost"
  fi
}

json=''
[[ ${1:-} != --json ]] || json=yes
row "nobody looks"
row "captured" --capture "$work/capture.pcapng"
row "inspector, no page" --inspect "unix:$work/page"
