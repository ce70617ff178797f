# What the tests of a card at the far end of a line share: the card's files, and the programs that use its reader
# "far" in `pcsc-bridge serve`. They run in $work, and their client writes client.log. The environment names what is
# tested: PCSC_BRIDGE and VSCCLIENT.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "${BASH_SOURCE[0]}")/bridge.bash"

# shellcheck disable=SC2034  # the tests use what is set here
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
cd "$work"
without_opensc_cache # commands are counted
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
head -c 100 /dev/urandom >data
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=Far -days 10 \
  2>/dev/null
openssl x509 -in cert.pem -noout -pubkey >public.pem
# shellcheck disable=SC2034
far_card=soft:pem=$work/cert.pem,key=$work/key.pem
trap 'kill -CONT $(jobs -p) 2>/dev/null; kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
export PCSCLITE_CSOCK_NAME=$work/pcscd.comm

pause() { read -rt "$1" <> <(:) || true; }
# until_reader Yes|No: has the reader a card?
until_reader() { until opensc-tool --list-readers 2>&1 | grep -q " $1 .*far"; do pause 0.05; done; }
sign() {
  rm -f sig
  pkcs11-tool --module "$module" --login --pin "$pin" --sign --id 01 -m SHA256-RSA-PKCS -i data \
    -o sig >said 2>&1 || fail "no signature: $(<said)"
  openssl dgst -sha256 -verify public.pem -signature sig data >said || fail "a wrong signature"
}
# The card's signatures: the last part of each command that asks for one.
made() { grep -c 'command 00 87 07' client.log || true; }
# All that OpenSC knows to do with the card, in the background: $tests.
test_all() {
  pkcs11-tool --module "$module" --login --pin "$pin" --test >tested 2>&1 &
  tests=$!
}
tests_pass() {
  wait "$tests" || fail "$(<tested)"
  grep -q '^No errors' tested
}
