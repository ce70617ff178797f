#!/usr/bin/env bash
# A soft card in QEMU's stock reader: on UHCI and EHCI, over QEMU's default TCP chardev and UNIX.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

start_card() {
  start_client --vsc "connect:$(address "$1")" --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
}

# A client that died said nothing to QEMU: the guest learns it from the one that comes next.
make_card alice Alice
for bus in uhci ehci; do
  stock_reader "$bus-tcp" "$bus" tcp
  stock_reader "$bus-unix" "$bus" unix
done
start_guest "${uhci[@]}" "${ehci[@]}"

# Everything that the card can do once a bus and once a chardev; else that it works.
declare -A check=([uhci-tcp]=check_card [uhci-unix]=check_identity [ehci-tcp]=check_identity [ehci-unix]=check_card)
for reader in uhci-tcp uhci-unix ehci-tcp ehci-unix; do
  step "$reader: card"
  guest_sees card start_card "$reader"
  "${check[$reader]}" "$work/alice"

  step "$reader: remove and insert"
  guest_sees no-card ctl remove
  guest_sees card ctl insert

  step "$reader: kill and restart"
  guest_sees card kill_and_restart "$reader"
  grep -q '^no-card' <(sed '1,/^watching/d' "$share/events")
  check_signatures id

  step "$reader: leave"
  guest_sees no-card stop_client
done

step "uhci-tcp: one's own card, a PIV card, which also offers what this reader lacks: T=1"
export XDG_STATE_HOME=$work/state
key_id=([id]=01 [enc]=03)
own=$XDG_STATE_HOME/vscard/soft-card/cards/soft-card
guest_sees card start_client --vsc "connect:$(address uhci-tcp)"
guest_says 'Personal Identity Verification' opensc-tool --name
check_identity "$own"
check_certificate "$own" enc
check_decryption
quietly pkcs11 --login --pin "$pin" --sign --id 02 --mechanism ECDSA-SHA256 --signature-format openssl \
  --input-file data --output-file signature
openssl dgst -sha256 -verify <(openssl x509 -in "$own/sign.pem" -noout -pubkey) -signature "$share/signature" \
  "$share/data" >/dev/null
grep -q 'the soft card is made; its PIN is 12345678' "$client_log"
guest_sees no-card stop_client
