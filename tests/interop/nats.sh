#!/usr/bin/env bash
# Cards over NATS, with Debian's nats-server: a card is dialled by its name, and signs; either end, a
# server, and a node of a cluster die; users are told what they may not. The environment names what is
# tested: VSCCLIENT, PCSC_BRIDGE and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
cd "$work"
PATH=$PATH:/usr/sbin # nats-server

free_port() {
  local port
  for port in $(shuf -i 20000-32000 -n 20); do
    # shellcheck disable=SC2188  # just opened
    { true <>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || break
  done
  echo "$port"
}

declare -A pid
# start NAME COMMAND...: it dies with the test; its log is NAME.log.
start() {
  setpriv --pdeathsig KILL "${@:2}" >>"$1.log" 2>&1 </dev/null &
  pid[$1]=$!
}
end() {
  kill "-${2:-KILL}" "${pid[$1]}"
  wait "${pid[$1]}" 2>/dev/null || true
}
logged() { eventually grep -q -e "$2" "$1.log"; }

# start_server NAME PORT [OPTION...]
start_server() {
  rm -f "$1.log"
  start "$1" nats-server --addr 127.0.0.1 --port "$2" "${@:3}"
  logged "$1" 'Server is ready'
}
start_card() { start card "$VSCCLIENT" --vsc "listen:$1" --card "$(card alice)" --control unix:card.control; }
start_reader() {
  start reader "$PCSC_BRIDGE" serve --socket "$work/pcsc/s" --control unix:reader.control \
    --reader "connect:$1,name=alice"
}

export PCSCLITE_CSOCK_NAME=$work/pcsc/s
sign() {
  rm -f signature
  pkcs11-tool --login --pin "$pin" --sign --id 0001 --mechanism SHA256-RSA-PKCS -i data -o signature
}
# As soon as the card is there, or there again.
signs() {
  local began=$SECONDS
  eventually sign
  openssl dgst -sha256 -verify id.pub -signature signature data >/dev/null
  echo "   signed after $((SECONDS - began)) s"
}

mkdir pcsc
make_card alice
head -c 1000 /dev/urandom >data
openssl x509 -in alice/id.pem -noout -pubkey >id.pub

step "a card by its name"
port=$(free_port)
servers=nats://127.0.0.1:$port
start_reader "$servers/desk.alice"
logged reader "cannot connect to $servers/desk.alice: no NATS server answers there; trying again"
start_server server "$port"
logged reader "cannot connect to $servers/desk.alice: nobody offers 'desk.alice' there; trying again"
start_card "$servers/desk.alice"
signs
says "alice.*card.*$servers/desk.alice" "$PCSC_BRIDGE" ctl --control unix:reader.control list

step "another one of that name"
start second "$VSCCLIENT" --vsc "listen:$servers/desk.alice" --card "$(card alice)"
logged second "$servers/desk.alice: it is already offered by another program"
end second TERM

step "the card's process is killed, and the reader's"
end card
start_card "$servers/desk.alice"
signs
end reader
rm -f pcsc/s
start_reader "$servers/desk.alice"
signs

removed() { grep -c 'card removed' reader.log || true; }

step "the server is killed, and comes back: no card is removed"
before=$(removed)
end server
logged reader "the connection to the NATS server has ended"
start_server server "$port"
signs
(($(removed) == before)) || fail "the card was removed: $(<reader.log)"
end card TERM
end reader TERM
end server TERM
rm -f pcsc/s ./*.log

step "a pool: each card is lent to one at a time, and by its labels"
make_card bob
start_server server "$port"
pool=nats://127.0.0.1:$port/pool.test
start card "$VSCCLIENT" --control unix:card.control \
  --vsc "listen:$pool,label=of=alice" --card "$(card alice)" \
  --vsc "listen:$pool,label=of=bob" --card "$(card bob)"
logged card 'bob: listening'
start_reader "$pool,label=of=alice"
signs
start second "$PCSC_BRIDGE" serve --socket "$work/pcsc/2" --control unix:second.control \
  --reader "connect:$pool,label=of=alice,name=2"
logged second 'refused: every card with these labels is taken; trying again'
end reader # which gives nothing back
PCSCLITE_CSOCK_NAME=$work/pcsc/2 signs

step "who waits in line gets the card in its turn, though the owner dies and others do"
wait_in_line() { # NAME
  start "$1" "$PCSC_BRIDGE" serve --socket "$work/pcsc/$1" --control "unix:$1.control" \
    --reader "connect:$pool,label=of=alice,wait=60,name=$1"
}
wait_in_line third
logged third "$pool: place 1 in line"
wait_in_line fourth
logged fourth "$pool: place 2 in line"
wait_in_line fifth
logged fifth "$pool: place 3 in line"
end third # is killed in line
end second TERM
PCSCLITE_CSOCK_NAME=$work/pcsc/fourth signs
end card # is killed, and who waits at it waits on
start card "$VSCCLIENT" --control unix:card.control --vsc "listen:$pool,label=of=alice" --card "$(card alice)"
declare -A other=([fourth]=fifth [fifth]=fourth)
one_signs() { # whoever was first at the owner that is back
  for holder in fourth fifth; do PCSCLITE_CSOCK_NAME=$work/pcsc/$holder sign && return; done
  return 1
}
eventually one_signs
end "$holder" TERM
holder=${other[$holder]}
PCSCLITE_CSOCK_NAME=$work/pcsc/$holder signs
exits 1 "$VSCCLIENT" --vsc "connect:$pool,wait=1" --card "$(card bob)"
grep -q 'no card for 1 s; at last: place 1 in line' output || fail "$(<output)"
exits 1 "$VSCCLIENT" pipe "connect:$pool,wait=1" connect:exec:cat
grep -q 'no card for 1 s; at last: place 1 in line' output || fail "$(<output)"

step "whoever has the cards sees who has them, and takes them back"
pool_of() { "$VSCCLIENT" ctl --control unix:card.control pool "$@"; }
wait_in_line sixth
logged sixth "$pool: place 1 in line"
says '^alice  pool.test  of=alice  lent to _INBOX\..* since .*Z  1 in line$' pool_of list
"$VSCCLIENT" ctl --control unix:card.control list --json |
  python3 -c 'import json, sys; [card] = json.load(sys.stdin); print(*card["pool"]["labels"], len(card["pool"]["line"]))' |
  grep -qx 'of=alice 1'
pool_of drain
pool_of release alice
logged card 'its lease has ended$' # and nobody is waited for
eventually says '^alice .* free  drained  2 in line$' pool_of list # who had it waits, too
exits 1 pool_of release alice
pool_of drain --undo
PCSCLITE_CSOCK_NAME=$work/pcsc/sixth signs
"$VSCCLIENT" ctl --control unix:card.control metrics >numbers
grep -qx 'vscard_leases_total{card="alice",pool="pool.test"} [2-9]' numbers
grep -qx 'vscard_lent{card="alice",pool="pool.test"} 1' numbers
end sixth TERM
end "$holder" TERM
end card TERM
end server TERM
rm -f pcsc/* ./*.log

step "a server sees what passes"
# spy FILE: what a server shows, from now on, to whoever may subscribe to everything.
spy() {
  exec {all}<>"/dev/tcp/127.0.0.1/$port"
  printf 'CONNECT {"verbose":false}\r\nSUB > 1\r\nPING\r\n' >&"$all"
  cat <&"$all" >"$1" &
  pid[spy]=$!
  eventually grep -qa PONG "$1"
}
sees() { LC_ALL=C grep -qaP "$pin" "$1" && LC_ALL=C grep -qaP '\xa0\x00\x00\x00\x79' "$1"; } # PIN and applet
start_server server "$port"
spy plain
start_card "$servers/desk.alice"
start_reader "$servers/desk.alice"
signs
sees plain || fail "the spy sees nothing"
end card TERM
end reader TERM

step "… but nothing of TLS from end to end, with ends that were paired"
end spy TERM
spy paired
start_card "$servers/desk.alice,pair=owner"
eventually "$VSCCLIENT" ctl --control unix:card.control pairings
exits 1 "$VSCCLIENT" --vsc "connect:$servers/desk.alice,pair=user" --card "$(card alice)"
grep -q "desk.alice is not paired: run vscclient pair $servers/desk.alice,pair=user" output || fail "$(<output)"
code=$("$VSCCLIENT" ctl --control unix:card.control pair | grep -oE '[0-9A-Z]{4}(-[0-9A-Z]{4}){5}' | tail -n 1)
pair() { "$VSCCLIENT" pair "$servers/desk.alice,pair=user" --code-file <(echo "$code") >paired.out; }
eventually pair # as soon as the name is offered
grep -qx "vscclient --vsc connect:$servers/desk.alice,pair=user" paired.out
start_reader "$servers/desk.alice,pair=user"
signs
end card TERM
end reader TERM

step "… and in a pool, with keys"
echo "ci:$(openssl rand -hex 32)" >keys
chmod 600 keys
start_card "$servers/pool.sealed,label=of=alice,psk=keys"
start_reader "$servers/pool.sealed,label=of=alice,psk=keys"
signs
says '^alice  pool.sealed .* lent to ' "$VSCCLIENT" ctl --control unix:card.control pool list
grep -qa 'MSG vscard.pool.sealed' paired || fail "the spy sees nothing"
if grep -qa "$pin" paired || LC_ALL=C grep -qaP '\xa0\x00\x00\x00\x79' paired; then fail "it sees too much"; fi
end card TERM
end reader TERM
end spy TERM
end server TERM
rm -f pcsc/s ./*.log

step "two servers, of which one is killed: no card is removed"
two=$(free_port)
routes=$(free_port)
start_server one "$port" --cluster_name c --cluster "nats://127.0.0.1:$routes"
start_server two "$two" --cluster_name c --cluster nats://127.0.0.1:-1 --routes "nats://127.0.0.1:$routes"
logged two 'Route connection created'
start_card "nats://127.0.0.1:$port+127.0.0.1:$two/desk.alice"
start_reader "nats://127.0.0.1:$two/desk.alice"
signs
end one
signs
(($(removed) == 0)) || fail "the card was removed: $(<reader.log)"
end card TERM
end reader TERM
end two TERM
rm -f pcsc/s ./*.log

step "TLS, and users with nkeys, of whom one may offer and the other may use"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=nats -keyout tls.key -out tls.pem \
  -addext subjectAltName=IP:127.0.0.1 2>/dev/null
# Seeds and their public keys, as `nk -gen user -pubout` makes them; they are of no use elsewhere.
echo SUAHO4I5DHZLGM52F4VQVHUCOVEDC3SBG53OR7YSSEKFOOYDHKHC6EDK7E >owner.nk
echo SUAESEHQJTPHQVCKM7AVPDLJGFX4AO3N2SVWH2UE25D5GU4MSLXCOANKIY >ci.nk
owner=UDOKZ4JZRKA55GMPYYWIZIGNRN7UWQFWFS2VBHLPDAMPWNSLWLAZQ2EA
ci=UAV7YC5KWFGFOHLNA6P5C2HCUUDHAFXEWT72DTUE3ITI64FKSEH3CILI
cat >server.conf <<END_OF_FILE
tls { cert_file: "$work/tls.pem", key_file: "$work/tls.key" }
authorization { users: [
  { nkey: $owner, permissions: { publish: ["vscard.desk.*", "_INBOX_ci.>"],
                                 subscribe: ["vscard.desk.*", "_INBOX_owner.>"] } }
  { nkey: $ci, permissions: { publish: ["vscard.desk.*", "_INBOX_owner.>"],
                              subscribe: ["_INBOX_ci.>"] } } ] }
END_OF_FILE
start_server server "$port" --config server.conf
to=nats+tls://127.0.0.1:$port/desk.alice,ca=tls.pem
as_owner=user=$owner,nkey=owner.nk,inbox=_INBOX_owner
as_ci=user=$ci,nkey=ci.nk,inbox=_INBOX_ci
start_card "$to,$as_owner"
start_reader "$to,$as_ci"
signs

step "what is refused"
refused() { # LINE ENDPOINT
  exits 1 timeout "$patience" "$VSCCLIENT" --vsc "$2" --card "$(card alice)" --no-reconnect
  grep -q -e "$1" output || fail "$2: $(<output)"
}
refused 'the server wants TLS: use nats+tls://' "connect:nats://127.0.0.1:$port/desk.alice,$as_ci"
refused 'Authorization Violation' "connect:$to"
refused 'Authorization Violation' "connect:$to,user=$ci,nkey=owner.nk"
refused 'SSL handshake error: .*self-signed certificate' "connect:${to/tls.pem/alice/id.pem},$as_ci"
refused 'Permissions Violation for Publish to "vscard.safe"' "connect:${to/desk.alice/safe},$as_ci"
start second "$VSCCLIENT" --vsc "listen:${to/alice/bob},$as_ci" --card "$(card alice)"
logged second 'Permissions Violation for Subscription to "vscard.desk.bob"'
exits 1 "$VSCCLIENT" --vsc connect:nats://192.0.2.1:4222/a --card "$(card alice)"
grep -q 'nats+tls://' output || fail "$(<output)"
