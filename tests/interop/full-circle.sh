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

step "leave"
guest_sees no-card stop_client
