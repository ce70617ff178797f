#!/usr/bin/env bash
# Two soft cards of two databases from one process, in two readers, each with a PIN of its own. QEMU's reader takes
# one of several on a connection.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

# The number of the reader whose card has this subject.
slot_of() {
  for slot in 0 1; do
    pkcs15 --read-certificate "${key_id[id]}" 2>/dev/null |
      openssl x509 -noout -subject -nameopt RFC2253 | grep -q "CN=$1\$" && echo "$slot" && return
  done
  fail "no reader has the card of $1"
}

check_own_card() {
  slot=$(slot_of "$1")
  check_certificate "$work/$2" id
  check_signatures id
}

echo 87654321 >"$work/bob.pin"
make_card alice Alice
make_card bob Bob --pin-file "$work/bob.pin"
stock_reader left uhci tcp
stock_reader right uhci unix
start_guest "${uhci[@]}"

alices=(--card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc,name=Alice")
bobs=(--card "soft:db=$work/bob/nssdb,cert=id,cert=sign,cert=enc,name=Bob")

step "both cards"
times=2 guest_sees card start_client --control "unix:$work/control" \
  --vsc "connect:$(address left)" "${alices[@]}" --vsc "connect:$(address right)" "${bobs[@]}"

step "Alice's card"
check_own_card Alice alice
check_wrong_pin 87654321
step "Bob's card"
pin=87654321 check_own_card Bob bob
check_wrong_pin 12345678
step "leave"
times=2 guest_sees no-card stop_client

step "both on one connection: one is in use, and the other says why it is not"
guest_sees card start_client --vsc "connect:$(address left)" "${alices[@]}" "${bobs[@]}"
wait_for_line 'Bob: not in use: .* takes one card on one connection' "$client_log"
check_own_card Alice alice
guest_sees no-card stop_client
