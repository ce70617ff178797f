#!/usr/bin/env bash
# Logins in a guest, with a CAC and with a PIV card, recorded by the client outside, are played back in this machine's
# pcscd, without the card and without the guest.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"
PATH=$(dirname "$VSCCLIENT"):$PATH

make_card alice Alice
make_card bob Bob --type piv
stock_reader reader uhci unix
start_guest "${uhci[@]}"

# OpenSC's number of the key that signs.
declare -A key=([alice]=0002 [bob]=01)

# records NAME CERTIFICATE CARD: a login in the guest, into $work/NAME.jsonl.
records() {
  start_client --vsc "connect:$(address reader)" --control "unix:$work/control" --card "$3,record=$work/$1.jsonl"
  quietly in_guest sh -c 'until opensc-tool --list-readers | grep -q " Yes "; do :; done'
  key_id[$2]=${key[$1]}
  check_certificate "$work/$1" "$2"
  check_signatures "$2"
  guest_sees no-card stop_client
  cp "$share/signature" "$work/$1.signature"
  rm -r "${work:?}/$1"
}

step "a login with a CAC in the guest"
records alice sign "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
step "… and with a PIV card"
records bob id "piv:dir=$work/bob/piv"
cp "$share/data" "$work"
guest_stop

cd "$work"
services=('')
[[ $(id -u) != 0 ]] || services+=(--with-pcscd)
for name in alice bob; do
  login="pkcs15-tool --read-certificate ${key[$name]} --output again.pem
pkcs11-tool --login --pin $pin --sign --id ${key[$name]} --mechanism SHA256-RSA-PKCS --input-file data --output-file again"
  for service in "${services[@]}"; do
    step "$name's here${service:+, $service}"
    quietly timeout "$patience" "$PCSC_BRIDGE" run ${service:+"$service"} --card "replay:$name.jsonl" \
      -- bash -ec "$login"
    cmp "$name.signature" again
  done
done

step "the PIN is in nothing that was written"
has_no_pin ./*.jsonl ./*.log
