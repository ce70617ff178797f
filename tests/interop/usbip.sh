#!/usr/bin/env bash
# Our readers by USB/IP: Linux's own client of a guest, vhci_hcd, attaches them, and what --print usbip
# shows attaches them again. A client with two cards has two readers.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

port=$(free_port)
arguments=(--usbip "listen:tcp://127.0.0.1:$port")
for name in alice echo; do
  reader_links "$name" "peer-max-apdu=65544,cards=2"
  arguments+=(--reader "$name" "${links[@]:0:2}" --serial "$name")
done
start_exporter() { start_readers exporter "${arguments[@]}"; }
# The pid is the program's own: it ends as a machine that loses power.
kill_exporter() { kill -KILL "$(cat "$work/exporter.pid")" && rm "$work/exporter.pid"; }

remote_usbip() { in_guest usbip --tcp-port "$port" "$@" 2>/dev/null; }
start_card() {
  start_client --vsc "connect:unix:$work/alice.vsc" --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
}
# guest_brings EVENT COMMAND: as guest_sees, by a command that runs in the guest.
guest_brings() {
  rm -f "$share/events"
  quietly in_guest "pcsc-events $patience $1 >events & watch=\$!
    until grep -qs ^watching events; do :; done
    $2 && wait \$watch"
}
attach() { guest_brings reader "usbip --tcp-port $port attach --remote 10.0.2.2 --busid $1"; }

make_card alice Alice
start_exporter
# shellcheck disable=SC2054  # the commas are QEMU's
start_guest -netdev user,id=net -device virtio-net,netdev=net \
  -object "filter-dump,id=dump,netdev=net,file=$work/usbip.pcap"
quietly in_guest modprobe vhci-hcd

step "the list of devices"
listed=$(remote_usbip list --remote 10.0.2.2)
[[ $listed == *1-1:*08e6:4433*alice*1-2:*echo* ]] || fail "usbip list: $listed"

step "attached by its bus id, a soft card does all that it can"
attach 1-1
guest_sees card start_card
check_card "$work/alice"
if remote_usbip attach --remote 10.0.2.2 --busid alice; then fail "two clients have one reader"; fi
guest_sees no-card ctl remove
guest_sees card ctl insert

step "another one by its name: long APDUs, and detached while the card works"
for round in 1 2; do
  attach echo
  guest_sees card start_echo echo
  quietly in_guest pcsc-echo echo echo 1 256 2000 65535
  late=$((3000 + round))
  in_guest "pcsc-echo echo late $late >/dev/null 2>&1 &"
  wait_for_line "late by $late" "$work/echo-card.log"
  guest_brings no-reader "usbip detach --port 1"
  kill_echo echo # it is still at work
done
ctl_readers exporter list | grep -q '^echo .* no guest' || fail "the reader has a guest"

step "the client kept nothing of it, Wireshark understands every packet"
check_signatures id
said=$(in_guest dmesg)
[[ ! $said =~ (cannot find a urb|BUG|Oops) ]] || fail "the kernel: $said"
decoded=$(tshark -r "$work/usbip.pcap" -d "tcp.port==$port,usbip" -Y usbip 2>/dev/null)
[[ $decoded == *USBIP* ]]
[[ ! $(tshark -r "$work/usbip.pcap" -d "tcp.port==$port,usbip" -Y _ws.malformed 2>/dev/null) ]]

step "the exporter is killed and started again: the printed unit attaches"
guest_sees no-reader kill_exporter
kill_client
"$CCID_PASSTHRU" "${arguments[@]}" --print usbip >"$work/printed"
# systemd's quotes are the shell's here.
unit=$(sed -n "s/127\.0\.0\.1/10.0.2.2/g; s/^ExecStart=//p" "$work/printed")
in_guest "$unit >unit.log 2>&1 &"
times=2 guest_sees reader start_exporter
guest_sees card start_card
check_signatures id

step "readers come and go while it runs"
guest_sees no-reader ctl_readers exporter remove alice
ctl_readers exporter add other --vsc "listen:unix:$work/other.vsc"
guest_sees reader ctl_readers exporter add alice --vsc "listen:unix:$work/alice.vsc" --serial alice
ctl_readers exporter list | grep -q '^alice .* guest at .* bus id 1-1$' || fail "it has another bus id"

step "a client with two cards: the second has a reader, too, and both sign at the same time"
make_bob
stop_client
times=2 guest_sees card start_both alice # the unit attaches the second
find_cards
both_sign

step "the second reader is taken away, and given back"
guest_sees no-reader ctl_readers exporter remove alice-2
[[ $(ctl list) == *"Bob  inserted  no reader at "* ]] || fail "the client does not know it"
[[ $(ctl_readers exporter list) == *"  without a reader: alice-2"* ]] || fail "the host does not say it"
guest_sees card ctl_readers exporter add alice-2 # and the unit attaches it
find_cards
both_sign

step "one card goes and comes, and both go with the client: the readers stay"
guest_sees no-card ctl remove Bob
slot=${slots[alice]} check_certificate "$work/alice" id
guest_sees card ctl insert Bob
both_sign
times=2 guest_sees no-card stop_client
[[ $(ctl_readers exporter list | grep -c '^alice.* no card .* guest at ') == 2 ]] || fail "a reader is gone"

step "vsock, which the guest has with itself: attached as docs/usbip.md shows it"
mkdir "$share/lib"
cp "$CCID_PASSTHRU" "$ECHO_CARD" "$(command -v socat)" "$share/bin"
ldd "$CCID_PASSTHRU" "$ECHO_CARD" "$(command -v socat)" | grep -o '/[^ ]*' | grep -v ':$' | sort -u |
  xargs cp -Lt "$share/lib"
quietly in_guest modprobe vsock_loopback
in_guest 'export LD_LIBRARY_PATH=/share/lib
  ccid-passthru --control none --reader vsock --serial vsock --usbip listen:vsock://any:3240 \
    --vsc "connect:exec:exec echo-card stdio:" >vsock.log 2>&1 &
  until grep -qs "listening on vsock" vsock.log; do :; done
  socat TCP-LISTEN:3240,bind=127.0.0.1,fork VSOCK-CONNECT:1:3240 >socat.log 2>&1 &
  until grep -qs ":0CA8 .* 0A " /proc/net/tcp; do :; done'
guest_brings card "usbip attach --remote 127.0.0.1 --busid 1-1"
quietly in_guest pcsc-echo vsock echo 1 200
