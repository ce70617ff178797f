#!/usr/bin/env bash
# A PKCS#11 token, SoftHSM's, that an NSS database names.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

module=/usr/lib/softhsm/libsofthsm2.so
export SOFTHSM2_CONF=$work/softhsm2.conf

# A token with one key and its certificate.
make_token() {
  local folder=$1
  mkdir "$work/tokens" "$work/nssdb"
  printf 'directories.tokendir = %s\nslots.removable = true\n' "$work/tokens" >"$SOFTHSM2_CONF"
  softhsm2-util --init-token --free --label token --pin "$pin" --so-pin 87654321
  softhsm2-util --import "$folder/private/id.key" --token token --label id --id 01 --pin "$pin"
  openssl x509 -in "$folder/id.pem" -outform DER -out "$work/id.der"
  pkcs11-tool --module "$module" --token-label token --login --pin "$pin" --type cert \
    --write-object "$work/id.der" --label id --id 01
  certutil -N -d "sql:$work/nssdb" --empty-password
  modutil -force -dbdir "sql:$work/nssdb" -add softhsm -libfile "$module"
}

make_card alice Alice
quietly make_token "$work/alice"
stock_reader reader uhci tcp
start_guest "${uhci[@]}"

step "card"
guest_sees card start_client --vsc "connect:$(address reader)" --card "nss:db=$work/nssdb"
guest_says 'Common Access Card' opensc-tool --name
check_certificate "$work/alice" id
check_signatures id PKCS PKCS-PSS
check_wrong_pin 99999999
guest_sees no-card stop_client
