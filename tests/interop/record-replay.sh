#!/usr/bin/env bash
# A card is recorded while OpenSC uses it, and played back without the card: as docs/record-replay.md has it. The
# environment names what is tested: PCSC_BRIDGE, VSCCLIENT, CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

export TMPDIR=$work
without_opensc_cache # the same commands again
make_card alice
"$CERTS_TEST" "$work/bob" --type piv --subject Bob --log-level warning >/dev/null
cd "$work"
head -c 1000 /dev/urandom >data
head -c 32 /dev/urandom >secret
openssl x509 -in alice/sign.pem -noout -pubkey >sign.pub
openssl pkeyutl -encrypt -certin -inkey alice/enc.pem -in secret -out encrypted

# sign KEY PIN OUTPUT
sign() {
  pkcs11-tool --login --pin "$2" --sign --id "$1" --mechanism SHA256-RSA-PKCS -i data -o "$3"
}
export -f sign

# quietly COMMAND...: what it wrote is in the file "said", and is shown if it fails.
quietly() { "$@" >said 2>&1 || fail "$*: $(<said)"; }

step "a login with a CAC is recorded"
quietly bridge --card "$(card alice),record=cac.jsonl" -- bash -ec "sign 0002 $pin signature"
openssl dgst -sha256 -verify sign.pub -signature signature data
[[ $(stat -c %a cac.jsonl) == 600 ]]
[[ $(head -n 1 cac.jsonl) == '{"format":"vscard recording","version":1,'*'"secrets":"blank"}' ]]
grep -q '"event":"inserted","atr":"3b' cac.jsonl
grep -q '"command":"00200000[0]*","blank":{"from":4,"bytes":9},"name":"VERIFY"' cac.jsonl
has_no_pin cac.jsonl

step "what the card deciphers is not in the recording"
quietly bridge --card "$(card alice),record=deciphered.jsonl" -- pkcs11-tool --login --pin "$pin" --decrypt \
  --id 0003 --mechanism RSA-PKCS -i encrypted -o decrypted
cmp secret decrypted
if grep -qi "$(od -An -tx1 secret | tr -d ' \n')" deciphered.jsonl; then fail "the secret is in the recording"; fi
has_no_pin deciphered.jsonl

step "it is played without the card, with any PIN"
rm -r alice
quietly bridge --card replay:cac.jsonl --log-level info -- bash -ec "sign 0002 87654321 again"
cmp signature again
grep -q 'cac.jsonl: played to its end' said || fail "$(<said)"
quietly bridge --card replay:cac.jsonl,match=any -- bash -ec "pkcs15-tool --list-certificates; sign 0002 $pin any"
cmp signature any

step "a PIV card, too"
quietly bridge --card "piv:dir=bob/cards/bob/piv,record=piv.jsonl" -- bash -ec "sign 01 $pin signature"
has_no_pin piv.jsonl
rm -r bob
quietly bridge --card replay:piv.jsonl --log-level info -- bash -ec "sign 01 $pin again"
cmp signature again
grep -q 'piv.jsonl: played to its end' said || fail "$(<said)"

if [[ $(id -u) == 0 ]] && command -v pcscd >/dev/null; then
  step "in pcscd"
  quietly bridge --with-pcscd --card replay:cac.jsonl -- bash -ec "sign 0002 $pin again"
  quietly bridge --with-pcscd --card replay:piv.jsonl -- bash -ec "sign 01 $pin again"
  cmp signature again
fi

step "a program that does something else is told where"
cp data same
exits 1 bridge --card replay:cac.jsonl -- bash -ec "echo other >data; sign 0002 $pin again"
mv same data
line=$(sed -n 's/.*warning: cac.jsonl:\([0-9]*\): expected 0042.*, got 0042.*/\1/p' output)
[[ $(sed -n "${line:-1}p" cac.jsonl) == *'"command":"0042'* ]] || fail "line '$line': $(<output)"

step "a recording that is cut off by a kill is played up to there, and goes on"
head -n 100 cac.jsonl | head -c -20 >cut.jsonl
exits 1 bridge --card replay:cut.jsonl -- bash -ec "sign 0002 $pin again"
grep -q "warning: cut.jsonl:100: this line is not whole, and left out" output || fail "$(<output)"
grep -q "warning: cut.jsonl:9[0-9]: expected nothing more after this command, got" output || fail "$(<output)"
quietly bridge --card replay:cac.jsonl,record=cut.jsonl -- opensc-tool --atr
[[ $(grep -c '^{"format"' cut.jsonl) == 2 ]]
quietly bridge --card replay:cut.jsonl -- opensc-tool --atr

step "files that cannot be recorded into, or played"
exits 1 bridge --card "replay:cac.jsonl,record=$work" -- true
exits 1 bridge --card replay:data -- true
grep -q 'error: data:1: not a JSON object' output || fail "$(<output)"
exits 1 bridge --card "replay:cac.jsonl,record=x.jsonl,record-secrets=yes" -- true
grep -q 'record-secrets=yes-really' output || fail "$(<output)"
[[ ! -e x.jsonl ]]
exits 2 bridge --card replay:cac.jsonl,match=some -- true

step "a disk that is full ends the recording, not the card"
if [[ $(id -u) == 0 ]]; then
  mkdir small
  mount -t tmpfs -o size=8k none small 2>/dev/null || mkdir small/not-mounted
  if [[ ! -e small/not-mounted ]]; then
    bridge --card replay:cac.jsonl,record=small/full.jsonl -- bash -ec "sign 0002 $pin again" >said 2>&1 ||
      { umount small && fail "$(<said)"; }
    umount small
    [[ $(grep -c 'warning: .*the recording ends here: small/full.jsonl: No space left' said) == 1 ]] || fail "$(<said)"
  fi
fi

step "the PIN is in nothing that was written"
has_no_pin ./*.jsonl said output
