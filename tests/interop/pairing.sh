#!/usr/bin/env bash
# Two machines that are paired with a code, as a new user does it: a card here, a reader of
# ccid-passthru there; then a reader in pcscd, which does a card's work. Both are restarted.
# shellcheck source=tests/interop/pcscd.bash
source "$(dirname "$0")/pcscd.bash"

export XDG_STATE_HOME=$work/state
code_pattern='[0-9A-Z]{4}(-[0-9A-Z]{4}){5}'

# code_in FILE: the last code that it has.
code_in() { grep -oE "$code_pattern" "$1" | tail -n 1; }

# pair ADDRESS CODE: what vscclient prints.
pair() { "$VSCCLIENT" pair "$1" --code-file <(echo "$2") 2>&1; }

# refuses ADDRESS CODE PATTERN: it fails with one line about it.
refuses() {
  local output status=0
  output=$(pair "$1" "$2") || status=$?
  [[ $status == 1 && $(wc -l <<<"$output") == 1 ]] || fail "pair $1: status $status: $output"
  grep -q -e "$3" <<<"$output" || fail "pair $1: no '$3' in: $output"
}

start_reader() {
  setpriv --pdeathsig KILL "$CCID_PASSTHRU" --control "unix:$work/reader.control" \
    --vsc "listen:$address,pair=$work/host" --usbredir "listen:unix:$work/usb" >"$work/reader.log" 2>&1 &
  reader_pid=$!
  wait_for_line 'control at' "$work/reader.log"
}
ctl_reader() { "$CCID_PASSTHRU" ctl --control "unix:$work/reader.control" "$@"; }

# has_card: the reader has one before long.
has_card() { timeout "$patience" grep -q -m 1 '"state":"inserted"' < <(ctl_reader watch); }

make_card alice Alice
address=tls://127.0.0.1:$(free_port)
start_reader

step "not paired"
output=$("$VSCCLIENT" --vsc "connect:$address,pair=$work/state/vscard/pairings" \
  --card "soft:db=$work/alice/nssdb,cert=id" --control none 2>&1) && fail "it connected: $output"
grep -q "is not paired: run vscclient pair $address" <<<"$output"

step "a wrong code, a typo"
refuses "$address" 0000-0000-0000-0000-0000-0000 'refused the code'
wait_for_line 'it has a wrong code for pairing' "$work/reader.log"
refuses "$address" 0000-0000-0000-0000-0000-0001 'a character is wrong'

step "pair"
code=$(code_in "$work/reader.log")
connect=$(pair "$address" "$(tr 'A-Z0-' 'a-zo ' <<<"$code")" | grep '^vscclient --vsc ')
endpoint=${connect#vscclient --vsc }
start_card "$endpoint"
has_card

step "the code again"
refuses "$address" "$code" 'was used'
wait_for_line 'no code for pairing is open' "$work/reader.log"

step "restart both"
stop_client
kill -TERM "$reader_pid"
wait "$reader_pid"
start_reader
[[ ! $(code_in "$work/reader.log") ]] || fail "it shows a code, and one is paired"
start_card "$endpoint"
has_card

step "two at once"
code=$(ctl_reader pair | code_in /dev/stdin)
status=0
XDG_STATE_HOME=$work/one pair "$address" "$code" >"$work/one.out" &
one=$!
XDG_STATE_HOME=$work/two pair "$address" "$code" >"$work/two.out" || status=$?
other=0
wait "$one" || other=$?
((status + other == 1)) || fail "both were paired, or none: $(cat "$work"/{one,two}.out)"
[[ $(ctl_reader pairings | wc -l) == 2 ]]
has_card # it was there all the while

step "unpair"
name=$(ctl_reader pairings --json | grep -o '"peer":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
for peer in "$name" "$name-2"; do
  "$CCID_PASSTHRU" --complete ctl --control "unix:$work/reader.control" unpair '' | grep -qFx "$peer"
  ctl_reader unpair "$peer"
done
wait_for_line 'does not accept our certificate' "$client_log"
[[ ! $(ctl_reader pairings) ]]
stop_client

step "a reader in pcscd"
address=tls://127.0.0.1:$(free_port)
pcsc_reader paired "\"listen:$address,pair=$work/pcscd\""
start_pcscd
pair "$address" "$(code_in "$pcscd_log")" >"$work/paired"
endpoint=$(sed -n 's/^vscclient --vsc //p' "$work/paired")
guest_sees card start_card "$endpoint"
check_identity "$work/alice"

step "restart pcscd"
stop_client
stop_pcscd
start_pcscd
guest_sees card start_card "$endpoint"
check_signatures id
