#!/usr/bin/env bash
# Usage: bench/slow.sh [--json]
# How many round trips a guest's programs take to a card behind a line with a round trip of 100 ms: with
# the reader beside the guest and VSC on the line, and with the reader beside the card and its USB on the
# line, as who forwards a real reader by usbredir has it. ./run bench calls it. VSCCLIENT, CCID_PASSTHRU,
# CERTS_TEST and GUEST_PROGRAMS name what is measured and with what.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/../tests/interop/passthru.bash"

readonly one_way=50 # milliseconds
patience=300 # in the guest, whose clock runs ahead on a busy machine
format=table
[[ ${1:-} != --json ]] || format=json
slow_line=$(realpath "$(dirname "$0")/../tests/interop")/slow_line.py

# slow NAME LISTEN CONNECT [turns]: a line, whose count is the file NAME.
slow() {
  setpriv --pdeathsig KILL python3 "$slow_line" "$2" "$3" "$one_way" "$work/$1.count" "${@:4}" &
  line=$!
  wait_for_line . "$work/$1.count"
}

# trips LINE RESULT COMMAND...: in the guest; adds "TRIPS SECONDS" to the file RESULT.
trips() {
  local before began=$EPOCHREALTIME
  before=$(<"$work/$1.count")
  quietly in_guest "${@:3}"
  awk "BEGIN { print $(<"$work/$1.count") - $before, $EPOCHREALTIME - $began }" >>"$work/$2"
}

# tasks LINE RESULT CARD: what a login takes.
tasks() {
  trips "$1" "$2.$3.list" pkcs11-tool -L
  trips "$1" "$2.$3.sign" pkcs11-tool --login --pin "$pin" --sign --id "${key[$3]}" \
    --mechanism SHA256-RSA-PKCS --input-file data --output-file signature
}

# with_card CARD READER OPTION...: a client with the card, whose reader the guest sees.
with_card() { guest_sees card start_client --vsc "connect:unix:$work/$2" --card "${card[$1]}" --control none "${@:3}"; }

measure() {
  local kind
  make_card alice Alice
  local files=$work/alice/id.pem,key=$work/alice/private/id.key
  declare -gA key=([cac]=0001 [piv]=01)
  # shellcheck disable=SC2054  # the commas are of our options
  declare -gA card=([cac]=soft:db=$work/alice/nssdb,cert=id [piv]=soft:pem=$files)
  redirection near xhci
  redirection far xhci
  slow vsc "$work/vsc.line" "$work/near.vsc"
  slow usb "$work/usb.line" "$work/far.usbredir" turns
  reader_links near
  start_readers near --reader near "${links[@]}"
  start_guest "${xhci[@]}"
  for kind in cac piv; do
    step "$kind: VSC on the line"
    with_card "$kind" vsc.line --no-read-ahead
    tasks vsc plain "$kind"
    guest_sees no-card stop_client
    with_card "$kind" vsc.line
    tasks vsc first "$kind"
    tasks vsc again "$kind"
    guest_sees no-card stop_client
  done
  guest_sees no-reader kill "$(<"$work/near.pid")"
  guest_sees reader start_readers far --vsc "listen:unix:$work/far.vsc" --usbredir "connect:unix:$work/usb.line"
  kill -USR1 "$line" # libccid takes no reader whose first answer needs more than 100 ms
  for kind in cac piv; do
    step "$kind: USB on the line"
    with_card "$kind" far.vsc
    tasks usb usb "$kind"
    guest_sees no-card stop_client
  done
}

# show CARD TASK WHAT
show() {
  local way trips seconds
  for way in usb plain first again; do
    read -r trips seconds <"$work/$way.$1.$2"
    if [[ $format == json ]]; then
      printf '{"card": "%s", "task": "%s", "way": "%s", "trips": %s, "seconds": %s}\n' "$1" "$2" "$way" "$trips" "$seconds"
    else
      printf '%-44s %-34s %5s %7.1f s\n' "$3" "${way_text[$way]}" "$trips" "$seconds"
    fi
  done
}

declare -A way_text=([usb]="reader forwarded by usbredir" [plain]="VSC, --no-read-ahead"
  [first]="VSC, the first time" [again]="VSC, again")
measure >&2
for kind in piv cac; do
  show "$kind" list "$kind card: pkcs11-tool -L"
  show "$kind" sign "$kind card: pkcs11-tool --login --sign"
done
