#!/usr/bin/env bash
# Programs that share a card of `pcsc-bridge run`: transactions in turns, one killed in the middle of its own, hostile ones; in
# a world where nobody makes namespaces.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
crowd=$(realpath "$(dirname "$0")/pcsc_crowd.py")
make_card alice --type piv

step "where unshare is refused, as by Docker's filter"
in_filter() { "$crowd" without-namespaces "$@"; }
exits 1 in_filter unshare --user true
readonly seconds=${PCSC_CROWD_SECONDS:-2} # of transactions
# shellcheck disable=SC2016  # expanded by the command
in_filter timeout $((patience + seconds)) "$PCSC_BRIDGE" run --card "piv:dir=$work/alice/piv" -- bash -ec '
  echo "-- two programs, their transactions in turns"
  "$0" transactions "$1"
  echo "-- a program is killed in its transaction"
  "$0" die
  echo "-- hostile programs"
  "$0" hostile
' "$crowd" "$seconds"
