#!/usr/bin/env bash
# Virtual cards of others by vpcd's protocol, in `pcsc-bridge run`; then a card of ours in a reader
# of Debian's vpcd. The environment names what is tested.
# shellcheck source=tests/interop/pcscd.bash
source "$(dirname "$0")/pcscd.bash"
PATH=$(dirname "$VSCCLIENT"):$GUEST_PROGRAMS:$PATH
VPCD_CARD=$(realpath "$(dirname "$0")")/vpcd_card.py
export VPCD_CARD

# bridge ARGUMENT...: a world of its own runs the commands of standard input.
bridge() {
  env -u PCSCLITE_CSOCK_NAME TMPDIR="$work" timeout "$patience" "$PCSC_BRIDGE" run "$@" -- bash -Ee
}
# For those commands. shows Yes|No NAME: until the reader has a card, or has none.
shows() { until opensc-tool --list-readers | grep -q " $1 .*vscard $2 0"; do :; done; }
# spoken WORD FILE: until the card has said it.
spoken() { until grep -qs -x "$1" "$2"; do read -rt 0.02 <> <(:) || true; done; }
export -f shows spoken

make_card alice Alice
soft=soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc
cd "$work"

step "two virtual cards beside a soft one: commands and answers of any size"
PORT=$(free_port)
export PORT
bridge --card "vpcd:listen:tcp://127.0.0.1:$PORT,name=a" --card "$soft,name=alice" \
  --card "vpcd:connect:unix:$work/b.sock" <<'END_OF_COMMANDS'
shows No a
"$VPCD_CARD" listen "$PWD/b.sock" >b.said &
"$VPCD_CARD" connect "127.0.0.1:$PORT" >a.said &
shows Yes a
shows Yes vpcd
pcsc-echo 'vscard vpcd' echo 1000 60000 65000 &
pcsc-echo 'vscard a' sizes 2 300
pcsc-echo 'vscard a' sizes 65000 65000
wait $!
opensc-tool --reader 1 --name | grep -q 'Common Access Card'
opensc-tool --reader 0 --reset >/dev/null
spoken off a.said
pcsc-echo 'vscard a' echo 10
kill %1 %2
shows No a
shows No vpcd
END_OF_COMMANDS

step "a card that dies at work, or breaks the protocol, is gone, and the next one is served"
bridge --card "vpcd:listen:tcp://127.0.0.1:$PORT,name=a" --apdu-timeout 2 <<'END_OF_COMMANDS'
shows No a
"$VPCD_CARD" connect "127.0.0.1:$PORT" >first.said &
spoken served first.said
"$VPCD_CARD" connect "127.0.0.1:$PORT" >second.said &
shows Yes a
[[ ! -s second.said ]]
pcsc-echo 'vscard a' late 60 >late 2>&1 &
late=$!
spoken late first.said
kill -KILL %1
! wait "$late"
spoken served second.said
shows Yes a
pcsc-echo 'vscard a' echo 10
kill %2
shows No a
for fault in talks short mute; do
  "$VPCD_CARD" connect "127.0.0.1:$PORT" "$fault" >"$fault.said" &
  card=$!
  spoken served "$fault.said"
  ! pcsc-echo 'vscard a' echo 10 2>/dev/null
  wait "$card" # turned out
done
"$VPCD_CARD" connect "127.0.0.1:$PORT" >good.said &
card=$!
shows Yes a
pcsc-echo 'vscard a' echo 10
kill "$card"
END_OF_COMMANDS

step "a card of ours in a reader of Debian's vpcd"
vpcd=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
IFD_HANDLER=$vpcd pcsc_reader vpcd "/dev/null:$(printf '%#x' "$PORT")"
sed -i "1i CHANNELID $PORT" "$work/conf/reader.conf"
start_pcscd
guest_sees card start_client --vsc "vpcd:connect:tcp://127.0.0.1:$PORT" --card "$soft" \
  --control "unix:$work/control"
check_identity "$work/alice"
guest_sees no-card ctl remove
guest_sees card ctl insert
check_signatures id
guest_sees no-card stop_client
stop_pcscd
