#!/usr/bin/env bash
# Cards in a pcscd on this machine, through its handler: a soft card, and the one that echoes.
# SWAPS: how often a card is removed and inserted again.
# shellcheck source=tests/interop/pcscd.bash
source "$(dirname "$0")/pcscd.bash"

start_alice() {
  start_client --vsc "${1:-connect:unix:$work/alice.vsc}" --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
}

# How often pcscd has seen this.
count() { grep -c "$1 alice" "$pcscd_log" || true; }

# Waits until the program that watches has seen so many cards.
wait_for_cards() {
  local seen
  seen=$(timeout "$patience" tail -F -s 0.1 -n +1 "$share/swaps" 2>/dev/null | grep -c -m "$1" '^card') ||
    [[ $seen == "$1" ]] || fail "$seen cards seen, not $1"
}

# swap COUNT: client and host take half a second for each.
swap() {
  local i
  for ((i = 1; i <= $1; ++i)); do
    ctl remove
    ctl insert
    wait_for_cards $((i + 1))
  done
}

make_card alice Alice
pcsc_reader alice
pcsc_reader echo "\"listen:unix:$work/echo.vsc,peer-max-apdu=65544\""
echo "listen:unix:$work/strict.vsc,apdu-timeout=5" >"$work/strict.endpoint"
pcsc_reader strict "$work/strict.endpoint"
pcsc_reader given "\"listen:unix:$work/given.vsc,user=nobody\""
tls=tls://127.0.0.1:$(free_port),psk=$work/keys.psk
(umask 077 && echo "alice:$(openssl rand -hex 32)" >"$work/keys.psk")
pcsc_reader tls "\"listen:$tls\""
start_pcscd

step "a socket that pcscd may not give away costs its reader, not pcscd"
wait_for_line 'may not give the socket to user= or group=' "$pcscd_log"
[[ ! -e $work/given.vsc ]]

step "a soft card over TLS"
guest_sees card start_alice "connect:$tls"
check_identity "$work/alice"
guest_sees no-card stop_client

step "a soft card"
guest_sees card start_alice
check_card "$work/alice"

step "removals and insertions"
swaps=${SWAPS:-20}
removed=$(count 'Card Removed From') inserted=$(count 'Card inserted into')
guest_exec 1000 "pcsc-events 1000 card $swaps >swaps" &
watch=$!
wait_for_line '^watching' "$share/swaps"
swap "$swaps"
wait "$watch"
[[ $(grep -c '^no-card' <(sed '1,/^watching/d' "$share/swaps")) == "$swaps" ]]
[[ $(count 'Card Removed From') == $((removed + swaps)) ]]
[[ $(count 'Card inserted into') == $((inserted + swaps)) ]]
check_signatures id

step "long APDUs, both ways"
guest_sees card start_echo echo
quietly in_guest pcsc-echo echo sizes 2 600
quietly in_guest pcsc-echo echo echo 1 255 256 2000 10000 60000 65535

step "a second client is turned away"
start_echo alice
wait_for_line 'turned .* away' "$pcscd_log"
kill_echo alice
check_signatures id

# For a card that goes, seen by one program while another waits for its answer.
watch_removal='rm -f events; pcsc-events 30 no-card >events & until grep -qs watching events; do :; done'

step "a client is stopped while a program waits for it"
guest_sees card start_echo strict
kill -STOP "${card_pid[strict]}"
in_guest "$watch_removal; ! pcsc-echo strict echo 10 && wait \$!" &
job=$!
check_signatures id
quietly in_guest opensc-tool --list-readers
wait "$job"
guest_sees card kill -CONT "${card_pid[strict]}"
quietly in_guest pcsc-echo strict echo 10

step "a client is killed while a program waits for it"
in_guest "$watch_removal; ! pcsc-echo echo late 3600 && wait \$!" &
job=$!
wait_for_line 'late by 3600' "$work/echo-card.log"
kill_echo echo
wait "$job"
guest_sees card start_echo echo
quietly in_guest pcsc-echo echo echo 1000

step "pcscd is stopped while a client is silent"
kill -STOP "${card_pid[echo]}"
stop_pcscd
for name in alice echo strict; do [[ ! -e $work/$name.vsc ]]; done
