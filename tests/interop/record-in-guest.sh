#!/usr/bin/env bash
# A login in a guest, recorded by the client outside, is played back in this machine's pcscd, without the card and
# without the guest.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"
PATH=$(dirname "$VSCCLIENT"):$PATH

make_card alice Alice
stock_reader alice uhci unix
start_guest "${uhci[@]}"

step "the login in the guest"
start_client --vsc "connect:$(address alice)" --control "unix:$work/control" \
  --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc,record=$work/login.jsonl"
wait_for_line 'in use at' "$client_log"
quietly in_guest sh -c 'until opensc-tool --list-readers | grep -q " Yes "; do :; done'
check_certificate "$work/alice" sign
check_signatures sign
stop_client
cp "$share"/{data,signature} "$work"
guest_stop
rm -r "$work/alice"

step "… and here"
cd "$work"
login="pkcs15-tool --read-certificate 0002 --output again.pem
pkcs11-tool --login --pin $pin --sign --id 0002 --mechanism SHA256-RSA-PKCS --input-file data --output-file again"
services=('')
[[ $(id -u) != 0 ]] || services+=(--with-pcscd)
for service in "${services[@]}"; do
  quietly timeout "$patience" "$PCSC_BRIDGE" run ${service:+"$service"} --card replay:login.jsonl \
    -- bash -ec "$login"
  cmp signature again
done
