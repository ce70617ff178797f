#!/usr/bin/env bash
# Full circle: a soft card in a reader of pcscd's, through our handler; from there as a card of PC/SC's
# to our reader in a guest, which signs.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

PATH=$(dirname "$VSCCLIENT"):$PATH

start_card() {
  setpriv --pdeathsig KILL "$PCSC_BRIDGE" run --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc,name=alice" -- \
    vscclient --vsc "connect:unix:$work/xhci.vsc,peer-max-apdu=65544" \
    --card 'pcsc:reader=vscard alice 00 00' >>"$client_log" 2>&1 </dev/null &
  client_pid=$!
}

# The share of a processor that a process has had since its start, in percent.
cpu_share() {
  local stat uptime
  read -ra stat <"/proc/$1/stat"
  read -r uptime _ </proc/uptime
  awk -v used=$((stat[13] + stat[14])) -v start="${stat[21]}" -v now="$uptime" -v ticks="$(getconf CLK_TCK)" \
    'BEGIN { printf "%d", 100 * used / (now * ticks - start) }'
}

make_card alice Alice
redirection xhci xhci
reader_links xhci peer-max-apdu=65544
start_readers readers --reader xhci "${links[@]}"
start_guest "${xhci[@]}"

step "the card comes round"
guest_sees card start_card
check_card "$work/alice"

step "removed and inserted at the far end"
guest_sees no-card ctl remove
guest_sees card ctl insert
check_signatures id

step "a client that waits for its card's events does not spin"
percent=$(cpu_share "$(pgrep -f "^vscclient --vsc connect:unix:$work/xhci.vsc")")
((percent < 5)) || fail "vscclient takes $percent % of a processor"

step "leave"
guest_sees no-card stop_client
