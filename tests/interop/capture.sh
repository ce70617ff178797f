#!/usr/bin/env bash
# What our programs capture, as tshark reads it without being told what it is: the APDUs, CCID on USB,
# names and comments, and no PIN. Captures that rotate and one on a full disk. The dissector of VSC.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

pin=18273645 # found by chance nowhere
PATH=$(dirname "$VSCCLIENT"):$PATH # pcsc-bridge run looks for it there

# shows FILE FILTER FIELD...: the fields of the packets that the filter lets through.
shows() {
  local field fields=()
  for field in "${@:3}"; do fields+=(-e "$field"); done
  tshark -r "$1" -Y "$2" -T fields "${fields[@]}" 2>/dev/null
}

# has FILE FILTER: there is such a packet.
has() { [[ $(tshark -r "$1" -Y "$2" 2>/dev/null) ]] || fail "${1##*/} has no packet with $2"; }
has_not() {
  local found
  found=$(tshark -r "$1" -Y "$2" 2>/dev/null)
  [[ ! $found ]] || fail "${1##*/} has packets with $2: $found"
}

# tshark says nothing of a file but who runs it.
is_sound() {
  local said
  said=$(tshark -r "$1" 2>&1 >/dev/null | grep -v '^Running as user') || true
  [[ ! $said ]] || fail "tshark of ${1##*/}: $said"
  has_not "$1" '_ws.malformed || _ws.expert.severity == error'
}

# The commands of a login: they have answers, and where the PIN was is a comment.
has_login() {
  is_sound "$1"
  has_no_pin "$1"
  has "$1" 'iso7816.apdu.ins == 0xa4'                                    # SELECT
  has "$1" 'iso7816.apdu.ins == 0x20 && frame.comment contains "zeros"'  # VERIFY
  has "$1" 'iso7816.apdu.sw1 == 0x90'
}

# The interfaces' names in the order of their first packets.
interfaces() { shows "$1" frame frame.interface_name | awk '!seen[$0]++' | paste -sd, -; }

serve() {
  setpriv --pdeathsig KILL "$PCSC_BRIDGE" serve --socket "$work/pcsc/s" --pid-file "$work/serve.pid" \
    --control "unix:$work/serve.control" --reader "listen:unix:$work/1.sock,name=erin" "$@" \
    2>>"$work/serve.log" &
  service=$!
  wait_for_line . "$work/serve.pid"
}
stop_serve() {
  "$PCSC_BRIDGE" ctl --control "unix:$work/serve.control" exit
  wait "$service"
}

# card_works: at the service's reader, on this machine; also right after the client was started.
login_here() {
  local until=$((SECONDS + patience)) output
  until output=$(PCSCLITE_CSOCK_NAME=$work/pcsc/s pkcs11-tool --login --pin "$pin" --sign --id 0001 \
    --mechanism SHA256-RSA-PKCS --input-file "$work/data" --output-file "$work/signature" 2>&1); do
    ((SECONDS < until)) || fail "the card does not work: $output"
    read -rt 0.1 <> <(:) || true
  done
}

make_card alice Alice --pin-file <(echo "$pin")
echo "data" >"$work/data"
mkdir "$work/pcsc"

step "a form of the PIN would be found"
for form in "$pin" '\x18\x27\x36\x45' 3138323733363435; do
  printf "%b" "$form" >"$work/leak"
  if has_no_pin "$work/leak" 2>/dev/null; then fail "$form was not found"; fi
done

step "a login in a guest: at the card's client, and at the USB reader"
redirection xhci xhci
reader_links xhci
start_readers readers --reader dora "${links[@]}" --capture "$work/usb.pcapng,max-size=16K,files=100"
readers_pid=$!
start_guest "${xhci[@]}"
guest_sees card start_client --vsc "connect:unix:$work/xhci.vsc" --control "unix:$work/control" \
  --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc,name=alice" --no-read-ahead \
  --capture "$work/client.pcapng"
check_identity "$work/alice"
guest_sees no-card stop_client
[[ $(stat -c %a "$work/client.pcapng" "$work/usb.pcapng") == $'600\n600' ]]
kill -TERM "$readers_pid"
wait "$readers_pid"
has_login "$work/client.pcapng"
[[ $(interfaces "$work/client.pcapng") == alice ]]

step "… CCID in each file, whenever it begins"
files=("$work"/usb*.pcapng)
((${#files[@]} > 2)) || fail "no capture was full: ${files[*]}"
for file in "${files[@]}"; do
  is_sound "$file"
  has_no_pin "$file"
  has_not "$file" 'usb.capdata && usb.transfer_type == 3'
  (($(stat -c %s "$file") <= 16384 + 8192)) || fail "${file##*/} is too large"
  # The newest has what was left, which may be a packet without CCID.
  [[ $file == "$work/usb.pcapng" ]] || has "$file" 'frame.interface_name == "dora (USB)" && usbccid'
done
mergecap -w "$work/usb.all" "${files[@]}"
has "$work/usb.all" 'frame.interface_name == "dora" && iso7816'
has "$work/usb.all" 'usbccid.bMessageType == 0x62'                                    # IccPowerOn
has "$work/usb.all" 'usbccid.bMessageType == 0x6f && frame.comment contains "zeros"'  # XfrBlock
has "$work/usb.all" 'iso7816.apdu.ins == 0x20 && frame.comment contains "zeros"'
has "$work/usb.all" 'usb.transfer_type == 1'                                          # interrupt
# What the card says is the same on both interfaces, and at the client.
[[ $(shows "$work/usb.all" iso7816.apdu.sw1 iso7816.apdu.sw1 | wc -l) == \
  "$(shows "$work/client.pcapng" iso7816.apdu.sw1 iso7816.apdu.sw1 | wc -l)" ]]

step "pcsc-bridge serve, and VSC itself on its way there"
serve --capture "$work/serve.pcapng"
socat -x "UNIX-LISTEN:$work/relay.sock" "UNIX-CONNECT:$work/1.sock" 2>"$work/vsc.hex" &
relay=$!
start_client --vsc "connect:unix:$work/relay.sock" --control none \
  --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
"$PCSC_BRIDGE" ctl --control "unix:$work/serve.control" watch --apdus >"$work/watch" &
watch=$!
wait_for_line added "$work/watch"
login_here
stop_client
wait "$relay" || true
stop_serve
has_login "$work/serve.pcapng"
[[ $(interfaces "$work/serve.pcapng") == "vscard erin" ]]
wait "$watch"
grep -q '"event":"reader",.*"reader":"vscard erin","state":"added"' "$work/watch"
grep -q '"event":"card",.*"reader":"vscard erin","state":"inserted","atr":"3b' "$work/watch"
grep -q '"event":"apdu",.*"command":"00 20 00 00' "$work/watch"
tail -n 1 "$work/watch" | grep -q '"state":"absent"'
grep -q 'vscard erin: PIN accepted' "$work/serve.log"

# socat's "> … length=…" is what the client sends.
awk '/^>/ { print "O" } /^</ { print "I" } /^ / { print "0000" $0 }' "$work/vsc.hex" >"$work/vsc.txt"
text2pcap -q -D -T 60000,2001 "$work/vsc.txt" "$work/vsc.pcap" 2>/dev/null
has_not "$work/vsc.pcap" iso7816
# Since 4.4 it loads no script for root.
chmod a+x "$work"
install -m 644 "$(dirname "$0")/../../extras/wireshark/vsc.lua" "$work/vsc.lua"
tshark() {
  local as=(env)
  ((EUID)) || as=(setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/)
  "${as[@]}" tshark -X "lua_script:$work/vsc.lua" "$@"
}
has_not "$work/vsc.pcap" '_ws.malformed || _ws.expert.severity == error'
has "$work/vsc.pcap" 'vsc.magic == "VSCD"'
has "$work/vsc.pcap" 'vsc.type == 0x100' # ExtHello
has "$work/vsc.pcap" 'vsc.name'
has "$work/vsc.pcap" 'vsc.atr'
has "$work/vsc.pcap" 'vsc.type == 7 && iso7816.apdu.ins == 0x20'
has "$work/vsc.pcap" 'vsc.type == 7 && iso7816.apdu.sw1 == 0x90'
[[ $(shows "$work/vsc.pcap" 'vsc.type == 7 && !iso7816' frame.number) == '' ]]
unset -f tshark

step "Wireshark lists the service's reader, and captures there"
# Until 4.4 it looks into the first folder for extcaps, then into the second.
for folder in "$work/.config/wireshark/extcap" "$work/.local/lib/wireshark/extcap"; do
  install -D "$(dirname "$0")/../../extras/wireshark/vscard" "$folder/vscard"
done
live_tshark() { HOME=$work VSCARD_CONTROL=unix:$work/serve.control tshark "$@"; }
serve
start_client --vsc "connect:unix:$work/1.sock" --control none \
  --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
live_tshark -D 2>/dev/null | grep -F 'vscard-run-vscard_erin (vscard erin (run))'
live_tshark -i vscard-run-vscard_erin -c 300 -w "$work/live.pcapng" 2>"$work/live.log" &
live=$!
until=$((SECONDS + patience))
while kill -0 "$live" 2>/dev/null; do
  ((SECONDS < until)) || fail "$(<"$work/live.log")"
  login_here
done
wait "$live" || fail "$(<"$work/live.log")"
stop_client
stop_serve
has_login "$work/live.pcapng"
[[ $(interfaces "$work/live.pcapng") == "vscard erin (run)" ]]

step "a disk that is full: a line, and the card goes on"
(ulimit -f 8 && exec setpriv --pdeathsig KILL "$PCSC_BRIDGE" serve --socket "$work/pcsc/s" \
  --pid-file "$work/serve.pid" --control "unix:$work/serve.control" \
  --reader "listen:unix:$work/1.sock,name=erin" --capture "$work/full.pcapng" 2>"$work/full.log") &
service=$!
wait_for_line . "$work/serve.pid"
start_client --vsc "connect:unix:$work/1.sock" --control none \
  --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
for _ in {1..4}; do login_here; done # OpenSC 0.26 asks little, since its cache has the certificates
wait_for_line 'nothing more is captured' "$work/full.log"
login_here
stop_client
stop_serve
[[ $(grep -c 'capture: ' "$work/full.log") == 1 ]] || fail "$(<"$work/full.log")"
grep -q "error: capture: $work/full.pcapng: File too large; nothing more is captured$" "$work/full.log"
is_sound "$work/full.pcapng"
has "$work/full.pcapng" iso7816

step "pcsc-bridge run, and a capture that rotates"
"$PCSC_BRIDGE" run --capture "$work/run.pcapng,max-size=4K,files=3" --card \
  "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc,name=frank" -- bash -e <<END_OF_COMMANDS
pkcs11-tool --login --pin $pin --sign --id 0001 --mechanism SHA256-RSA-PKCS \
  --input-file "$work/data" --output-file "$work/signature" 2>/dev/null
pkcs15-tool --dump >/dev/null 2>&1
END_OF_COMMANDS
for file in run run.1 run.2; do
  is_sound "$work/$file.pcapng"
  has_no_pin "$work/$file.pcapng"
  has "$work/$file.pcapng" 'iso7816 && frame.interface_name == "vscard frank"'
done
[[ ! -e $work/run.3.pcapng ]]

step "a capture goes through no link"
ln -s "$work/data" "$work/link.pcapng"
if output=$("$PCSC_BRIDGE" serve --socket "$work/pcsc/s" --reader "listen:unix:$work/1.sock" \
  --capture "$work/link.pcapng" 2>&1); then fail "it did"; fi
[[ $output == "pcsc-bridge: error: capture: $work/link.pcapng: not a regular file" ]] || fail "$output"
[[ $(<"$work/data") == data ]]
