#!/usr/bin/env bash
# PC/SC programs of others, each with its own way to wait, in `pcsc-bridge run`, and in the same with pcscd: pyscard, pcsc_scan, p11tool;
# and each PC/SC call in each state of a card.
# The environment names what is tested.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
PATH=$(dirname "$PCSC_BRIDGE"):$PATH
export PYSCARD_USER PCSC_TABLE
PYSCARD_USER=$(realpath "$(dirname "$0")")/pyscard_user.py
PCSC_TABLE=${PYSCARD_USER%/*}/pcsc_table.py

mkdir "$work/tmp"
export TMPDIR=$work/tmp
cd "$work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout eve.pem -out eve.cert \
  -subj /CN=Eve 2>openssl.log
cat eve.cert >>eve.pem && chmod 0600 eve.pem
eve=soft:pem=$work/eve.pem,name=eve

# pcsc_scan sees a card, its end and its return.
cat >scans <<'END_OF_PROGRAM'
#!/bin/bash -e
exec 3< <(exec pcsc_scan -n 2>&1)
until_line() { while read -t 30 -ru 3 line; do [[ $line != *$1* ]] || return 0; done; echo "no '$1'"; return 1; }
until_line 'vscard eve 00 00'
until_line 'Card inserted'
pcsc-bridge ctl remove eve
until_line 'Card removed'
pcsc-bridge ctl insert eve
until_line 'Card inserted'
until_line 'ATR: 3B'
kill "$!"
END_OF_PROGRAM
chmod +x scans

# A card with T=0 and T=1, which answers each command alike.
cat >both.record <<'END_OF_RECORD'
{"format":"vscard recording","version":1,"time":0,"card":"both","reader":"both","secrets":"blank"}
{"time":0,"card":"both","event":"inserted","atr":"3b80800101"}
{"time":0,"card":"both","command":"00a40400"}
{"time":0,"card":"both","response":"9000"}
END_OF_RECORD

for with in '' --with-pcscd; do
  step "pyscard: monitors of cards and readers, a command ${with:-with our own service}"
  added=()
  [[ -n $with ]] || added=(bob)
  # shellcheck disable=SC2016  # expanded by the command
  bridge $with --card "$eve" -- sh -c 'exec /usr/bin/python3 "$PYSCARD_USER" eve "$@"' sh "${added[@]}"
  step "pcsc_scan: a card, its end and its return ${with:-with our own service}"
  bridge $with --card "$eve" -- ./scans
  step "each call in each state ${with:-with our own service}"
  service=${with:+pcscd}
  # shellcheck disable=SC2016  # expanded by the command
  bridge $with --card "replay:$work/both.record,match=any,name=both" -- \
    sh -c 'PCSCLITE_NO_BLOCKING=1 exec /usr/bin/python3 "$PCSC_TABLE" "$1" "vscard both 00 00"' sh "${service:-ours}"
done

step "p11tool: the token, its certificate"
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
says '^[[:space:]]*Label: Eve' bridge --card "$eve" -- p11tool --provider "$module" --list-tokens
says 'X.509 Certificate' bridge --card "$eve" -- p11tool --provider "$module" --list-all-certs pkcs11:
