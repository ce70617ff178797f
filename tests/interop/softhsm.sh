#!/usr/bin/env bash
# A PKCS#11 token, SoftHSM's, that an NSS database names.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

module=/usr/lib/softhsm/libsofthsm2.so

# A token with the keys and certificates of a card. libcacard shows removable tokens alone.
make_token() {
  local folder=$1 name number=0
  mkdir "$work/tokens" "$work/nssdb"
  export SOFTHSM2_CONF=$work/softhsm2.conf
  printf 'directories.tokendir = %s\nslots.removable = true\n' "$work/tokens" >"$SOFTHSM2_CONF"
  softhsm2-util --init-token --free --label token --pin "$pin" --so-pin 87654321
  for name in id sign enc; do
    number=$((number + 1))
    softhsm2-util --import "$folder/private/$name.key" --token token --label "$name" \
      --id "0$number" --pin "$pin"
    openssl x509 -in "$folder/$name.pem" -outform DER -out "$work/$name.der"
    pkcs11-tool --module "$module" --token-label token --login --pin "$pin" --type cert \
      --write-object "$work/$name.der" --label "$name" --id "0$number"
  done
  certutil -N -d "sql:$work/nssdb" --empty-password
  modutil -force -dbdir "sql:$work/nssdb" -add softhsm -libfile "$module"
}

make_card alice Alice
make_token "$work/alice" >"$work/token.log" 2>&1
stock_reader reader uhci tcp
start_guest "${uhci[@]}"

step "card"
guest_sees card start_client --vsc "connect:$(address reader)" --card "nss:db=$work/nssdb"
check_card "$work/alice"
guest_sees no-card stop_client
