#!/usr/bin/env bash
# Cards that misbehave, as OpenSC sees them: each fault of docs/faults.md. The environment names what is tested:
# PCSC_BRIDGE, VSCCLIENT, CERTS_TEST and GUEST_PROGRAMS, the folder of pcsc-events.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
PATH=$GUEST_PROGRAMS:$PATH

export TMPDIR=$work
"$CERTS_TEST" "$work/made" --type piv --subject Alice --log-level warning >/dev/null
cd "$work"
head -c 1000 /dev/urandom >data
select_piv=00:a4:04:00:09:a0:00:00:03:08:00:00:10:00
get_chuid=00:cb:3f:ff:05:5c:03:5f:c1:02:00

# misbehaves KEYS COMMAND...: the card has the keys; "said" is what the command and the log say.
misbehaves() {
  local keys=$1
  shift
  bridge --card "piv:dir=made/cards/alice/piv,$keys" --log-level info -- "$@" >said 2>&1
}
# sends KEYS APDU...: so, with opensc-tool.
sends() {
  local keys=$1
  shift
  misbehaves "$keys" opensc-tool --card-driver default "${@/#/--send-apdu=}"
}
has() { grep -q -e "$1" said || fail "no '$1': $(<said)"; }
sign="pkcs11-tool --login --pin $pin --sign --id 01 --mechanism SHA256-RSA-PKCS -i data -o signature"

step "the card works"
# shellcheck disable=SC2086  # words
misbehaves delay=1ms $sign || fail "$(<said)"

step "a status word in place of the signature"
# shellcheck disable=SC2086
if misbehaves fault=sw:6982@ins=87 $sign; then fail "there is a signature"; fi
has 'piv: fault sw:6982@ins=87 hits the command [01]087....'
has 'CKR_USER_NOT_LOGGED_IN\|CKR_GENERAL_ERROR\|Security status'

step "a card that is mute from the third command on"
if sends fault=mute-after:2 $select_piv $get_chuid $get_chuid; then fail "it answers"; fi
has 'SW1=0x90'
has 'fault mute-after:2 hits the command 00cb3fff...'
has 'APDU transmit failed'

step "a slow card"
began=$EPOCHREALTIME
sends fault=slow:1s@ins=cb@times=1 $select_piv $get_chuid || fail "$(<said)"
((${EPOCHREALTIME/./} - ${began/./} >= 1000000)) || fail "it was not slow"
has 'fault slow:1s@ins=cb@times=1 hits'

step "a response that is cut"
sends fault=cut-response:4@ins=cb $select_piv $get_chuid || fail "$(<said)"
has 'Received (SW1=0x[0-9a-fA-F]*, SW2=0x[0-9a-fA-F]*)'
! grep -q '^Received (SW1=0x90, SW2=0x00):$' <(grep -A1 '3f ff 05\|CB 3F' said) || fail "it is whole: $(<said)"

step "a response with a wrong bit, the same each time"
sends fault=flip-bit@p=0.5,seed=7@ins=cb $select_piv $get_chuid $get_chuid $get_chuid || fail "$(<said)"
sed -n '/^Received/,$p' said | grep -v vscclient >first
sends fault=flip-bit@p=0.5@seed=7@ins=cb $select_piv $get_chuid $get_chuid $get_chuid || fail "$(<said)"
sed -n '/^Received/,$p' said | grep -v vscclient >second
cmp first second
sends delay=0s $select_piv $get_chuid $get_chuid $get_chuid || fail "$(<said)"
sed -n '/^Received/,$p' said | grep -v vscclient >right
if cmp -s first right; then fail "no bit is wrong"; fi

step "another ATR"
misbehaves fault=atr:3b8001 opensc-tool --atr && fail "an ATR that is none"
misbehaves fault=atr:3b800181 opensc-tool --atr || fail "$(<said)"
has '3b:80:01:81'
has 'fault atr:3b800181 in place of 3b'

step "a card that is pulled out while it signs"
# shellcheck disable=SC2086
if misbehaves fault=remove-in:ins=87@back=never bash -c "$sign || { opensc-tool --list-readers; exit 1; }"; then
  fail "there is a signature"
fi
has ' No .*vscard piv'

step "… and is put back"
cat >pulled <<'END'
pcsc-events 60 card 1 >events &
until grep -qs watching events; do :; done
opensc-tool --card-driver default --send-apdu=00:a4:04:00:09:a0:00:00:03:08:00:00:10:00
wait
cat events
END
misbehaves fault=remove-in@back=200ms@times=1 bash pulled || fail "$(<said)"
has '^no-card'
has '^card'

step "a card that another program resets"
if sends fault=reset-by-other@every=2 $select_piv $get_chuid; then fail "it answers"; fi
has 'fault reset-by-other@every=2 hits'

step "pyscard sees a status word, and a card that is gone"
cat >use.py <<'END'
from smartcard.Exceptions import CardConnectionException, NoCardException
from smartcard.System import readers

def get_chuid():
    return card.transmit([0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C, 0x03, 0x5F, 0xC1, 0x02, 0x00])

card = readers()[0].createConnection()
card.connect()
_, *status = card.transmit([0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00])
assert status == [0x90, 0x00], status
_, *status = get_chuid()
assert status == [0x69, 0x82], status
try:
    raise SystemExit(f"it answers {get_chuid()}")
except CardConnectionException as error:
    print("lost:", error)
try:
    readers()[0].createConnection().connect()
    raise SystemExit("it is still there")
except NoCardException:
    print("no card")
END
misbehaves fault=sw:6982@ins=cb@times=1,fault=remove-in:ins=cb@after=1@back=never /usr/bin/python3 use.py || fail "$(<said)"
has '^lost: '
has '^no card'
has 'fault remove-in:ins=cb@after=1@back=never hits the command 00cb3fff...'

step "faults while a program runs: in the list, as an event and in the trace"
cat >running <<'END'
set -e
reads() { opensc-tool --card-driver default --send-apdu=00:a4:04:00:09:a0:00:00:03:08:00:00:10:00; }
reads | grep -q SW1=0x90
[[ ! $(vscclient ctl fault) ]]
vscclient ctl watch >watched &
vscclient ctl trace >traced &
until grep -q '"event":"card"' watched; do :; done
until grep -q 'SELECT  .*PIV  .*success' traced; do reads >/dev/null; done
vscclient ctl fault sw:6a82@ins=a4 slow:1ms
reads | grep -q 'SW1=0x6A, SW2=0x82'
until grep -q '"event":"fault",.*"card":"piv","fault":"sw:6a82@ins=a4","command":"00a40400"}' watched; do :; done
until grep -q '  piv  fault sw:6a82@ins=a4 hits the command 00a40400$' traced; do :; done
[[ $(vscclient ctl fault) == 'piv  sw:6a82@ins=a4  fired 1 times'*'piv  slow:1ms  fired 1 times' ]]
! vscclient ctl fault frob 2>wrong
grep -q "fault 'frob': there is no 'frob', but mute, " wrong
vscclient ctl fault piv --clear
[[ ! $(vscclient ctl fault) ]]
reads | grep -q SW1=0x90
END
misbehaves delay=0s bash -c 'vscclient ctl fault --clear && bash running' || fail "$(<said)"

step "… of a card in a process of its own"
make_card alice
cat >elsewhere <<'END'
set -e
vscclient ctl watch >watched &
vscclient ctl trace >traced &
until grep -q '"event":"card"' watched; do :; done
vscclient ctl fault mute@ins=a4
until grep -q '  alice  fault mute@ins=a4 hits the command 00a4....$' traced; do opensc-tool --name || true; done
until grep -q '"event":"fault",.*"card":"alice","fault":"mute@ins=a4","command":"00a4' watched; do :; done
END
bridge --card "$(card alice)" -- bash elsewhere >said 2>&1 || fail "$(<said)"

step "the PIN is in nothing that was written"
has_no_pin said watched traced

step "wrong faults"
exits 2 bridge --card piv:fault=frob -- true
exits 2 bridge --card piv:fault=mute@p=2 -- true
exits 2 bridge --card piv:delay=9h -- true
