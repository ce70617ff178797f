#!/usr/bin/env bash
# A soft card in our reader with libccid: on UHCI, EHCI and xHCI, at full and at high speed. The
# readers come and go one after the other, as OpenSC has slots for four at a time.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

start_card() {
  start_client --vsc "connect:unix:$work/$1.vsc" --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
}

boot() { start_guest "${uhci[@]}" "${ehci[@]}" "${xhci[@]}" "${own_programs[@]}"; }

# QEMU's capture of a device, which has been removed: all that went through its pipes is CCID to
# Wireshark. It does not see the descriptors, so it is told of every address that a round may have had.
check_capture() {
  local address decoded reading=(tshark -r "$1")
  for address in {1..9}; do reading+=(-d "usb.device==$address,usbccid"); done
  decoded=$("${reading[@]}" 2>/dev/null)
  [[ $decoded == *"Notify Slot Change"*"ICC Power On"* ]]
  [[ ! $("${reading[@]}" -Y 'usb.capdata || _ws.malformed' 2>/dev/null) ]]
}

# What the card answers to the last of the commands that the guest sends.
answer_to() { in_guest opensc-tool "${@/#/--send-apdu=}" | grep -o 'SW1=0x..* SW2=0x..' | tail -n 1; }

# A reset in the guest reaches the card, and so does pcscd's powering down of a card that nobody uses:
# its PIN is not verified any more.
check_reset() {
  local verify=00200000083132333435363738 select_key=00a4040007a000000079010000 sign
  sign=8042000080$(printf '0%.0s' {1..256})00 # the data are none: 6984 with a PIN, 6985 without
  [[ $(answer_to "$verify" "$select_key" "$sign") == *SW2=0x84 ]]
  quietly in_guest opensc-tool --reset
  [[ $(answer_to "$select_key" "$sign") == *SW2=0x85 ]]
}

make_card alice Alice
make_card carol Carol --type piv
redirection uhci uhci
redirection ehci ehci
redirection xhci xhci "pcap=$work/xhci.pcap"
start_readers readers
boot

# First, while the guest is young: emulated, one that has run for a minute takes a minute to reboot.
step "the guest is rebooted"
reader_links xhci
guest_sees reader ctl_readers readers add xhci "${links[@]}"
guest_sees card start_card xhci
guest_reboot
quietly in_guest pcsc-events "$patience" card 0
check_identity "$work/alice"

step "the guest is killed and started again"
guest_stop
rm -rf "$work/guest"
boot
quietly in_guest pcsc-events "$patience" card 0
check_identity "$work/alice"
guest_sees no-card stop_client
guest_sees no-reader ctl_readers readers remove xhci

# Everything that the card can do once a controller; at the other speed, that it works.
declare -A check=([full]=check_card [high]=check_identity)
for bus in uhci ehci xhci; do
  for speed in full high; do
    step "$bus, $speed speed: reader and card"
    reader_links "$bus"
    guest_sees reader ctl_readers readers add "$bus" "${links[@]}" --speed "$speed"
    guest_sees card start_card "$bus"
    "${check[$speed]}" "$work/alice"
    [[ $speed == high ]] || check_reset

    step "$bus, $speed speed: remove and insert"
    guest_sees no-card ctl remove
    guest_sees card ctl insert

    step "$bus, $speed speed: kill and restart"
    guest_sees no-card kill_client
    guest_sees card start_card "$bus"
    check_signatures id

    step "$bus, $speed speed: leave"
    guest_sees no-card stop_client
    guest_sees no-reader ctl_readers readers remove "$bus"
  done
done

step "two cards of one client, in two places of the machine"
make_bob
reader_links xhci
guest_sees reader ctl_readers readers add xhci "${links[@]}" --usbredir "connect:unix:$work/uhci.usbredir"
times=2 guest_sees card start_both xhci
find_cards
both_sign
guest_sees no-card ctl remove Bob
guest_sees card ctl insert Bob
both_sign
times=2 guest_sees no-card stop_client
times=2 guest_sees no-reader ctl_readers readers remove xhci

step "a PIV card: signatures, a PIN that is blocked and unblocked"
reader_links xhci
guest_sees reader ctl_readers readers add xhci "${links[@]}"
key_id=([id]=01)
guest_sees card start_client --vsc "connect:unix:$work/xhci.vsc" --control "unix:$work/control" \
  --card "piv:dir=$work/carol/piv"
check_identity "$work/carol"
wrong=0020008008$(printf '39%.0s' {1..8})
[[ $(answer_to "$wrong" "$wrong" "$wrong" 0020008000) == *"SW1=0x69, SW2=0x83" ]]
quietly pkcs15 --unblock-pin --puk 12345678 --new-pin "$pin"
check_signatures id
guest_sees no-card stop_client

step "a new PIV card: yubico-piv-tool, ssh, openssl cms and curl in the guest"
guest_sees card start_client --vsc "connect:unix:$work/xhci.vsc" --control "unix:$work/control" \
  --card "piv:dir=$work/new"
quietly with_own_programs "$(dirname "$0")"/{piv_programs.bash,engine.cnf}
guest_sees no-card stop_client
guest_sees no-reader ctl_readers readers remove xhci

step "the capture on xhci is CCID"
guest_monitor device_del xhci-reader
check_capture "$work/xhci.pcap"
