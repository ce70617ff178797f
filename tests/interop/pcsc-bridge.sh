#!/usr/bin/env bash
# `pcsc-bridge run` with OpenSC, without a virtual machine: as its users have it in their test suites.
# pcsc-bridge-with-pcscd.sh has what is different with pcscd. The environment names what is tested: PCSC_BRIDGE, VSCCLIENT,
# CERTS_TEST, ECHO_CARD and GUEST_PROGRAMS, the folder of pcsc-events and pcsc-echo.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
PATH=$GUEST_PROGRAMS:$PATH

mkdir "$work/tmp"
export TMPDIR=$work/tmp
make_card alice
make_card bob
cd "$work"
head -c 1000 /dev/urandom >data
openssl x509 -in alice/sign.pem -noout -pubkey >sign.pub
head -c 32 /dev/urandom >secret
openssl pkeyutl -encrypt -certin -inkey alice/enc.pem -in secret -out encrypted

step "OpenSC: the card, its certificates, PIN, signature, decryption"
says 'Common Access Card' bridge --card "$(card alice)" -- opensc-tool --name
says 'vscard alice 00 00' bridge --card "$(card alice)" -- opensc-tool --list-readers
says 'CAC Email Encryption' bridge --card "$(card alice)" -- pkcs15-tool --list-certificates
# libcacard's card makes no random numbers: that, once or three times, is all that pkcs11-tool finds.
bridge --card "$(card alice)" -- pkcs11-tool --login --pin "$pin" --test >tested 2>&1 || true
errors=$(grep -c 'ERR: C_GenerateRandom.* failed' tested)
grep -q "^$errors errors\$" tested || fail "$(<tested)"
bridge --card "$(card alice)" -- sh -e >/dev/null 2>&1 <<END_OF_COMMANDS
pkcs11-tool --login --pin $pin --sign --id 0002 --mechanism SHA256-RSA-PKCS -i data -o signature
pkcs11-tool --login --pin $pin --decrypt --id 0003 --mechanism RSA-PKCS -i encrypted -o decrypted
END_OF_COMMANDS
openssl dgst -sha256 -verify sign.pub -signature signature data >/dev/null
cmp secret decrypted

step "a reset takes the PIN back"
bridge --card "$(card alice)" -- bash -e <<'END_OF_COMMANDS' || fail "a PIN outlives a reset"
send() { opensc-tool "${@/#/--send-apdu=}" | grep -o 'SW1=.*SW2=....' | tail -n 1; }
select_key=00a4040007a000000079010000
sign=8042000080$(printf '0%.0s' {1..256})00 # the data are none: 6984 with a PIN, 6985 without
[[ $(send "$select_key" "$sign") == *SW2=0x85 ]]
[[ $(send 00200000083132333435363738) == *SW1=0x90* ]]
[[ $(send "$select_key" "$sign") == *SW2=0x84 ]]
opensc-tool --reset >/dev/null
[[ $(send "$select_key" "$sign") == *SW2=0x85 ]]
END_OF_COMMANDS

step "the command's status, its input and output, its signals"
exits 7 bridge --card "$(card alice)" -- sh -c 'exit 7'
exits 143 bridge --card "$(card alice)" -- sh -c 'kill -TERM $$'
exits 127 bridge --card "$(card alice)" -- no-such-command
[[ $(echo in | bridge --card "$(card alice)" -- cat) == in ]]
"$PCSC_BRIDGE" run --card "$(card alice)" --pid-file pid -- \
  bash -c 'trap "echo got it; kill \$!; exit 9" USR1; tail -f /dev/null & echo ready; wait' >said &
wrapper=$!
eventually grep -q ready said
kill -USR1 "$wrapper"
status=0
wait "$wrapper" || status=$?
((status == 9)) || fail "status $status in place of the command's"
grep -q 'got it' said

step "wrong command lines"
exits 2 bridge --card soft
exits 2 bridge --card soft --readers 257 -- true
exits 2 bridge --card "$(card alice)" --card "$(card alice)" -- true
exits 1 bridge --card "soft:db=$work/none" -- true

step "conf: what pcscd reads"
place=listen:unix:@vscard/1.sock,keepalive=30 # a file here is none for a pcscd without privileges
"$PCSC_BRIDGE" conf --vsc "$place" --folder conf.d --install 2>/dev/null
cmp conf.d/vscard <("$PCSC_BRIDGE" conf --vsc "$place")
grep -q "^DEVICENAME *\"$place\"$" conf.d/vscard
"$PCSC_BRIDGE" conf --folder conf.d --remove 2>/dev/null
[[ ! -e conf.d/vscard ]]
exits 1 "$PCSC_BRIDGE" conf --folder conf.d --remove
exits 2 "$PCSC_BRIDGE" conf --vsc nonsense
exits 2 "$PCSC_BRIDGE" conf --vsc listen:tcp://0.0.0.0:35963
exits 2 "$PCSC_BRIDGE" conf --vsc listen:unix:/run/a.sock,frob=1

step "kill -9 leaves nothing behind"
"$PCSC_BRIDGE" run --card "$(card alice)" -- sh -c 'echo $$ >command.pid; exec tail -f /dev/null' &
wrapper=$!
eventually test -s command.pid
kill -KILL "$wrapper"
wait "$wrapper" 2>/dev/null || true
eventually nothing_left
eventually ended "$(<command.pid)"

step "200 removals and insertions, none lost"
bridge --card "$(card alice)" -- bash -e <<'END_OF_COMMANDS'
exec 3< <(exec pcsc-events 60 card 200)
until_event() { while read -ru 3 event _; do [[ $event != "$1" ]] || return 0; done; return 1; }
until_event watching
for i in {1..200}; do
  vscclient ctl remove
  until_event no-card
  vscclient ctl insert
  until_event card
done
END_OF_COMMANDS

step "500 removals and insertions by a script that waits for ctl alone: each is seen when ctl returns"
limit=240 bridge --card "$(card alice)" -- bash -e <<'END_OF_COMMANDS'
pcsc-events 240 card 500 >events &
watching=$!
until grep -qs watching events; do :; done
for i in {1..500}; do
  vscclient ctl remove
  pcsc-events 0 >now && grep -q '^no-card' now
  vscclient ctl insert
  pcsc-events 0 >now && grep -q '^card' now
done
wait "$watching"
END_OF_COMMANDS

step "16 readers with 16 cards, each its own certificate and PIN"
cards=()
for i in {1..16}; do
  printf '%08d' $((i * 1111)) >"pin$i"
  "$CERTS_TEST" "made$i" --subject "Person $i" --pin-file "pin$i" --log-level warning >/dev/null
  cards+=(--card "soft:db=$work/made$i/cards/person-$i/nssdb,name=card$i")
done
bridge "${cards[@]}" -- bash -e <<'END_OF_COMMANDS'
export OPENSC_CONF=$PWD/opensc.conf
echo 'app default { reader_driver pcsc { } pkcs11 { max_virtual_slots = 64; } }' >opensc.conf
opensc-tool --list-readers >readers
for i in {1..16}; do
  reader=$(sed -n "s/^\([0-9]*\) .*vscard card$i 0.*/\1/p" readers)
  pkcs15-tool --reader "$reader" --read-certificate 0001 -o "cert$i.pem" 2>/dev/null
  pkcs15-tool --reader "$reader" --verify-pin --auth-id 01 --pin "$(cat "pin$i")" >/dev/null
done
END_OF_COMMANDS
for i in {1..16}; do
  cmp <(openssl x509 -in "cert$i.pem" -outform DER) \
    <(openssl x509 -in "made$i/cards/person-$i/id.pem" -outform DER)
done

step "ctl: one socket for all cards"
bridge --card "$(card alice)" --card "$(card bob)" --readers 3 -- bash -e <<'END_OF_COMMANDS'
vscclient ctl list | grep -q '^1 bob  inserted  vscard bob$'
vscclient ctl remove bob
vscclient ctl list --json | grep -q '"card":"bob","reader":"vscard bob","state":"removed"'
opensc-tool --list-readers | grep -q ' No .*vscard bob 01 00'
opensc-tool --list-readers | grep -q ' Yes .*vscard alice 00 00'
! vscclient ctl insert carol 2>/dev/null
vscclient ctl insert 1
vscclient status | grep -c '^card .*: inserted$' | grep -qx 2
END_OF_COMMANDS

step "ctl: readers come and go, and programs see it"
bridge --card "$(card alice)" -- bash -e <<'END_OF_COMMANDS'
exec 3< <(exec pcsc-events 60 card 1)
until_event() { while read -ru 3 event _; do [[ $event != "$1" ]] || return 0; done; return 1; }
until_event watching
place=$("$PCSC_BRIDGE" ctl add-reader bob)
vscclient --vsc "$place" --card "soft:db=bob/nssdb,name=bob" --control none --log-level warning &
until opensc-tool --list-readers | grep -q ' Yes .*vscard bob 01 00'; do :; done
! "$PCSC_BRIDGE" ctl add-reader bob 2>/dev/null
"$PCSC_BRIDGE" ctl remove-reader bob
! opensc-tool --list-readers | grep bob
kill $!
END_OF_COMMANDS

step "cards of this process: no vscclient, 200 swaps, a fault, a recording; beside one of libcacard's"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout ec.pem -out ec.cert \
  -subj /CN=Eve 2>openssl.log
cat ec.cert >>ec.pem && chmod 0600 ec.pem
bridge --card "$(card alice)" --card "soft:pem=$work/ec.pem,name=eve,record=$work/eve.record" -- bash -e <<'END_OF_COMMANDS'
! pgrep -f "connect:unix:$VSCARD_READERS"
opensc-tool --reader 0 --name | grep -q 'Common Access Card'
pkcs15-tool --reader 1 --verify-pin --auth-id 01 --pin 12345678 >/dev/null
cmp <(pkcs15-tool --reader 1 --read-certificate 01 2>/dev/null | openssl x509 -outform DER) \
  <(openssl x509 -in ec.cert -outform DER)
exec 3< <(exec pcsc-events 60 card 200)
until_event() { while read -ru 3 event _; do [[ $event != "$1" ]] || return 0; done; return 1; }
until_event watching
for i in {1..200}; do
  vscclient ctl remove eve
  until_event no-card
  vscclient ctl insert eve
  until_event card
done
vscclient ctl fault eve sw:6f00
! opensc-tool --reader 1 --serial 2>/dev/null
vscclient ctl fault eve --clear
vscclient status | grep -q '^card eve: inserted$'
END_OF_COMMANDS
grep -q '"name":"VERIFY"' eve.record

step "a card of this process goes with its reader"
bridge --card "soft:pem=$work/ec.pem,name=eve" --card "soft:pem=$work/ec.pem,name=fay" \
  --card "$(card alice)" --card "$(twin alice bob)" -- bash -e <<'END_OF_COMMANDS'
client=$(pgrep -f "connect:unix:$VSCARD_READERS/2.sock")
vscclient ctl remove-reader 'vscard eve'
vscclient ctl list | head -n 1 | grep -q '^0 fay  inserted  vscard fay$'
for command in insert remove; do
  ! vscclient ctl $command eve 2>refused
  grep -q "unknown card 'eve'" refused
done
vscclient ctl add-reader eve >/dev/null
read -r event < <(exec vscclient ctl watch)
[[ $event == *'"reader":"vscard fay","state":"added"'* ]]
vscclient ctl remove-reader alice
while grep -q '^State:.[^Z]' "/proc/$client/status" 2>/dev/null; do :; done
vscclient ctl list | wc -l | grep -qx 2
END_OF_COMMANDS

step "libcacard's own words; a CAC made of files; two cards of one database, for which libcacard has no room in one process"
says 'Common Access Card' bridge --card "libcacard:db=\"$work/bob/nssdb\" use_hw=no soft=(,bob,CAC,,id,sign,enc)" -- \
  opensc-tool --name
says 'Common Access Card' bridge --card "soft:pem=$work/alice/id.pem,key=$work/alice/private/id.key,as=cac" -- \
  opensc-tool --name
# shellcheck disable=SC2016  # expanded by the command
says '^2$' bridge --card "$(card alice)" --card "$(twin alice bob)" -- \
  sh -c 'pgrep -cf "connect:unix:$VSCARD_READERS"'
exits 1 "$PCSC_BRIDGE" serve --socket "$work/s" --control none --card "$(card alice)" --card "$(twin alice bob)"
grep -q 'two cards of one database' output || fail "$(<output)"

step "a card of this process that takes too long is absent until it answers"
bridge --card "soft:pem=$work/ec.pem,name=eve,fault=slow:2s@times=1" --apdu-timeout 1 -- bash -e 2>slow.log \
  <<'END_OF_COMMANDS'
exec 3< <(exec vscclient ctl watch)
until_event() { while read -ru 3 event; do [[ $event != *"$1"* ]] || return 0; done; return 1; }
until_event '"state":"inserted"'
opensc-tool --send-apdu 00:a4:04:00 >/dev/null 2>&1 || true
until_event '"state":"absent"'
vscclient ctl list --json | grep -q '"state":"absent"'
vscclient ctl status | grep -q 'missing  *an answer of the card'
opensc-tool --list-readers | grep -q ' No .*vscard eve'
until_event '"state":"inserted"'
opensc-tool --list-readers | grep -q ' Yes .*vscard eve'
END_OF_COMMANDS
grep -q 'warning: eve: the card does not answer; shown as removed until it does' slow.log || fail "$(<slow.log)"

if grep -q 3132333435363738 eve.record; then fail "a recording has the PIN"; fi
says ' Yes .*vscard replay 00 00' bridge --card "replay:$work/eve.record" -- opensc-tool --list-readers

step "serve: a service for longer than one command"
"$PCSC_BRIDGE" serve --socket "$work/pcsc/s,mode=0600" --reader "listen:unix:$work/1.sock,name=alice" \
  --control "unix:$work/serve.control" --log-level warning 2>serve.log && fail "there is no $work/pcsc"
grep -q "^pcsc-bridge: error: unix:$work/pcsc/s: No such file" serve.log || fail "$(<serve.log)"
mkdir pcsc
"$PCSC_BRIDGE" serve --socket "$work/pcsc/s" --reader "listen:unix:$work/1.sock,name=alice" \
  --control "unix:$work/serve.control" --pid-file serve.pid 2>serve.log &
service=$!
eventually test -s serve.pid
"$VSCCLIENT" --vsc "connect:unix:$work/1.sock" --card "$(card alice)" --control none --log-level warning &
client=$!
(
  eval "$("$PCSC_BRIDGE" env --socket "$work/pcsc/s")"
  eventually says ' Yes .*vscard alice 00 00' opensc-tool --list-readers
  says 'Common Access Card' opensc-tool --name
)
grep -q "a PC/SC program connects: process [0-9]* of user $UID" serve.log
says 'vscard alice  card  client at' "$PCSC_BRIDGE" ctl --control "unix:$work/serve.control" list
exits 1 "$PCSC_BRIDGE" ctl --control "unix:$work/serve.control" add-reader bob
"$PCSC_BRIDGE" ctl --control "unix:$work/serve.control" exit
status=0
wait "$service" || status=$?
((status == 0)) || fail "serve ends with status $status: $(<serve.log)"
kill "$client"
wait "$client" || true
[[ ! -e pcsc/s ]]

step "serve: with cards of its own, one of them of libcacard, and one of a PC/SC service"
"$PCSC_BRIDGE" serve --socket "$work/pcsc/real" --card "$(card bob)" --control none --pid-file real.pid \
  --log-level warning &
real=$!
eventually test -s real.pid
PCSCLITE_CSOCK_NAME=$work/pcsc/real "$PCSC_BRIDGE" serve --socket "$work/pcsc/s" \
  --card "soft:pem=$work/ec.pem,name=eve" --card "$(card alice)" --card "pcsc:reader=vscard bob 00 00,name=bob" \
  --control "unix:$work/serve.control" --pid-file serve.pid --inspect 2>serve.log &
service=$!
eventually test -s serve.pid
export PCSCLITE_CSOCK_NAME=$work/pcsc/s VSCARD_CONTROL=unix:$work/serve.control
says ' Yes .*vscard eve 00 00' opensc-tool --list-readers
exits 1 "$PCSC_BRIDGE" serve --socket "$work/pcsc/s" --control none
grep -q 'Address already in use; another program listens there: end it, or give another --socket' output || fail "$(<output)"
for reader in 1 2; do
  says 'Common Access Card' opensc-tool --reader "$reader" --name
  pkcs11-tool --slot-index "$reader" --login --pin "$pin" --sign --id 0002 --mechanism SHA256-RSA-PKCS -i data \
    -o signature >/dev/null 2>&1
  key=alice/sign.pem
  ((reader == 1)) || key=bob/sign.pem
  openssl dgst -sha256 -verify <(openssl x509 -in "$key" -noout -pubkey) -signature signature data >/dev/null
done
kill "$real"
wait "$real"
eventually says ' No .*vscard bob 02 00' opensc-tool --list-readers
says 'vscard eve  card' "$PCSC_BRIDGE" ctl list
"$PCSC_BRIDGE" ctl remove eve
says ' No .*vscard eve 00 00' opensc-tool --list-readers
"$PCSC_BRIDGE" ctl insert
says 'Personal Identity Verification' opensc-tool --name
says '^card eve: inserted' "$PCSC_BRIDGE" ctl status
says '"own":"eve","state":"inserted"' "$PCSC_BRIDGE" ctl list --json
url=$(grep -o 'http://[^ ]*' serve.log)
of_page() { curl -sS --fail --max-time 5 -H "Authorization: Bearer ${url#*#}" "${url%%#*}$1" "${@:2}"; }
of_page command -H "Origin: ${url%%/#*}" -H "Content-Type: text/plain" -d "remove eve"
says '"own":"eve","state":"removed"' of_page readers
"$PCSC_BRIDGE" ctl remove-reader eve
exits 1 "$PCSC_BRIDGE" ctl insert
"$PCSC_BRIDGE" ctl exit
wait "$service" || fail "serve with a card: $(<serve.log)"
unset PCSCLITE_CSOCK_NAME VSCARD_CONTROL

step "serve: on a socket that was passed, as systemd does, with a file of options"
echo "reader = listen:unix:$work/2.sock,name=passed" >pcsc.conf
python3 - "$PCSC_BRIDGE" "$work" <<'END_OF_PROGRAM' 2>passed.log &
import os, socket, sys
program, work = sys.argv[1:]
listening = socket.socket(socket.AF_UNIX)
listening.bind(work + "/passed")
listening.listen()
os.dup2(listening.fileno(), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="pcsc")
os.execv(program, [program, "serve", "--config", work + "/pcsc.conf", "--socket", "fd:pcsc",
                   "--control", "none"])
END_OF_PROGRAM
service=$!
eventually test -S "$work/passed"
PCSCLITE_CSOCK_NAME=$work/passed says ' No .*vscard passed 00 00' opensc-tool --list-readers
kill "$service"
wait "$service" || fail "serve on a passed socket: $(<passed.log)"

step "32 readers, of which OpenSC sees 16 with a libpcsclite before 2.5"
seen=32
! dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libpcsclite1)" lt 2.5 || seen=16
SEEN=$seen bridge --card "$(card alice)" --readers 32 -- bash -e <<'END_OF_COMMANDS'
opensc-tool --list-readers | grep -c 'vscard' | grep -qx "$SEEN"
opensc-tool --reader 0 --name | grep -q 'Common Access Card'
END_OF_COMMANDS

step "ctl watch: what happens to all cards"
bridge --card "$(card alice)" --card "$(twin alice bob)" -- bash -e <<'END_OF_COMMANDS'
exec 3< <(exec "$PCSC_BRIDGE" ctl watch --apdus)
until_event() { while read -ru 3 event; do [[ $event != *"$1"* ]] || return 0; done; return 1; }
until_event '"reader":"vscard alice","state":"added","card":"alice"'
until_event '"card":"bob","state":"inserted"'
vscclient ctl remove bob
until_event '"card":"bob","state":"removed"'
opensc-tool --reader 0 --send-apdu 00:20:00:00:04:31:32:33:34 >/dev/null
until_event "\"card\":\"alice\",\"by\":\"unix:$VSCARD_READERS/0.sock\",\"command\":\"00 20 00 00, then 5 bytes not shown\""
until_event '"card":"alice","response":'
for i in {1..12}; do # each leaves in time for the next
  exec 4< <(exec "$PCSC_BRIDGE" ctl watch)
  watcher=$!
  read -ru 4 event
  kill "$watcher"
  exec 4<&-
done
kill -KILL "$(pgrep -f "connect:unix:$VSCARD_READERS/1.sock")"
until_event '"card":"bob","state":"gone"'
END_OF_COMMANDS

step "a further card in a free reader: answers of any size; killed while it works"
bridge --card "$(card alice)" --readers 2 -- bash -e <<'END_OF_COMMANDS'
exec 3< <(exec "$ECHO_CARD" "connect:unix:$VSCARD_READERS/1.sock" 2>&1)
card=$!
until opensc-tool --list-readers | grep -q ' Yes .*vscard reader 1'; do :; done
pcsc-echo 'reader 1' sizes 2 300
pcsc-echo 'reader 1' echo 2000 60000
pcsc-echo 'reader 1' late 60 >late 2>&1 &
late=$!
while read -ru 3 line; do [[ $line != *"late by"* ]] || break; done
kill -KILL "$card"
! wait "$late"
opensc-tool --list-readers | grep -q ' No .*vscard reader 1'
END_OF_COMMANDS

step "a client that stops: the command fails in time, another reader is used meanwhile"
bridge --card "$(card alice)" --card "$(twin alice bob)" --apdu-timeout 5 -- bash -e <<'END_OF_COMMANDS'
client=$(pgrep -f "connect:unix:$VSCARD_READERS/1.sock")
kill -STOP "$client"
pcsc-ping 00a4040007a0000000790100 610d 1 'vscard bob' >/dev/null 2>&1 &
ping=$!
opensc-tool --list-readers | grep -q 'vscard bob'
opensc-tool --reader 0 --name | grep -q 'Common Access Card'
! wait "$ping"
kill -CONT "$client"
END_OF_COMMANDS

step "side by side"
for name in alice bob; do
  bridge --card "$(card $name)" -- sh -c "opensc-tool --list-readers && pkcs15-tool --list-certificates" >"$name.out" 2>&1 &
done
wait
grep -q 'vscard alice 00 00' alice.out
grep -q 'vscard bob 00 00' bob.out
if grep -q bob alice.out; then fail "alice sees the card of bob"; fi

step "a TMPDIR that is too long for the path of a socket"
long=$work/tmp/$(printf '%0100d' 0)
mkdir "$long"
# shellcheck disable=SC2016  # expanded by the command
TMPDIR=$long says '^/tmp/pcsc-bridge-' bridge --card "$(card alice)" -- sh -c 'echo "$VSCARD_READERS"'

if [[ $(id -u) == 0 ]]; then
  step "as another user, who is nobody"
  chmod -R a+rX "$work"
  cp -r alice nobody && chown -R nobody nobody && chmod 1777 tmp
  says 'Common Access Card' setpriv --reuid nobody --regid nogroup --clear-groups \
    timeout "$patience" "$PCSC_BRIDGE" run --card "$(card nobody)" -- opensc-tool --name

  step "another user reaches no socket of a world, whatever the umask and TMPDIR are"
  cat >connects <<'END_OF_PROGRAM'
#!/bin/sh
exec perl -MIO::Socket::UNIX -e 'exit !IO::Socket::UNIX->new(Peer => $ARGV[0])' "$1"
END_OF_PROGRAM
  # The owner does it first, so that a wrong path does not pass for a refusal.
  cat >is_private <<'END_OF_PROGRAM'
#!/bin/bash -e
nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
control=${VSCARD_CONTROL#unix:}
for socket in "$PCSCLITE_CSOCK_NAME" "$VSCARD_READERS/1.sock" "$control"; do
  ./connects "$socket"
  if "${nobody[@]}" ./connects "$socket" 2>/dev/null; then echo "nobody reaches $socket" && exit 1; fi
done
for folder in "$VSCARD_READERS" "${PCSCLITE_CSOCK_NAME%/*}" "${control%/*}"; do
  ls "$folder/" >/dev/null
  if "${nobody[@]}" ls "$folder/" 2>/dev/null; then echo "nobody lists $folder" && exit 1; fi
done
if "${nobody[@]}" opensc-tool --reader 0 --name 2>/dev/null; then echo "nobody has the card" && exit 1; fi
opensc-tool --reader 0 --name
END_OF_PROGRAM
  chmod a+rx connects is_private
  # shellcheck disable=SC2094  # a shell of its own, with its umask
  for mode in 0700 1777 0777; do
    mkdir -p "tmp/$mode" && chmod "$mode" "tmp/$mode"
    (umask 000 && export TMPDIR=$work/tmp/$mode &&
      says 'Common Access Card' bridge --card "$(card alice)" --readers 2 -- ./is_private)
  done

  step "where others may rename what is in TMPDIR, the world is in /tmp"
  # shellcheck disable=SC2016  # expanded by the command
  TMPDIR=$work/tmp/0777 says '^/tmp/pcsc-bridge-' bridge -- sh -c 'echo "$VSCARD_READERS"'

  # without_namespaces UID COMMAND...: in a namespace of the test's, where no further ones are made.
  without_namespaces() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount --user --map-user "$1" --map-group "$1" --keep-caps sh -ec '
      mount -t tmpfs none /run
      echo 0 >/proc/sys/user/max_user_namespaces
      exec setpriv --bounding-set -sys_admin --ambient-caps -all --inh-caps -all "$@"
    ' sh timeout "$patience" "${@:2}"
  }
  step "where namespaces are refused"
  says 'Common Access Card' without_namespaces 1000 \
    "$PCSC_BRIDGE" run --card "$(card alice)" -- opensc-tool --name
fi
eventually nothing_left
