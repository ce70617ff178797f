#!/usr/bin/env bash
# The inspector in Chromium: OpenSC uses a PIV card by a PC/SC service of ours, and the pages of vscclient,
# ccid-passthru and the service show that. inspect_page.py has what the pages have to do; with PICTURES=FOLDER, those of
# the documentation are made there.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT

# start NAME PROGRAM...: in the background, with its log in $work/NAME.log.
start() {
  setpriv --pdeathsig TERM "${@:2}" >"$work/$1.log" 2>&1 &
  pids+=($!)
}

url_of() { grep -o 'http://[^ ]*' "$work/$1.log"; }

as_user() { PCSCLITE_CSOCK_NAME=$work/pcsc "$@" >/dev/null 2>&1; }

step "a PIV card and its reader"
tests=$(dirname "$(realpath "$0")")
cd "$work"
"$CERTS_TEST" "$work/made" --type piv --subject alice --log-level warning >/dev/null
# On a busy machine it would read ahead, and 100,000 commands never come to it.
start client "$VSCCLIENT" --vsc listen:unix:alice.sock --no-read-ahead --card "piv:dir=$work/made/cards/alice/piv,name=alice" \
  --control "unix:$work/ctl" --inspect
eventually url_of client
start serve "$PCSC_BRIDGE" serve --socket "$work/pcsc" --reader connect:unix:alice.sock,name=alice \
  --control "unix:$work/serve-ctl" --inspect
eventually as_user opensc-tool --name

step "a terminal"
start client-trace "$VSCCLIENT" ctl --control "unix:$work/ctl" trace
start serve-trace "$PCSC_BRIDGE" ctl --control "unix:$work/serve-ctl" trace
traced() { grep -q "  $2  GET DATA  .*discovery object .* success .* ms  $3\$" "$work/$1-trace.log"; }
both_traced() {
  as_user opensc-tool --name && traced client alice 'unix:.*' && traced serve 'vscard alice' 'opensc-tool ([0-9]*)'
}
eventually both_traced

step "pcsc-bridge run: its page moves cards, too"
cp -r "$work/made/cards/alice/piv" "$work/frank"
# shellcheck disable=SC2016,SC2094  # in the script; it waits for the URL in its own log
"$PCSC_BRIDGE" run --inspect --card "piv:dir=$work/frank,name=frank" -- bash -ec '
  url=$(grep -o "http://[^ ]*" "$1")
  of_page() { curl -sS --max-time "$1" -H "Authorization: Bearer ${url#*#}" "${url%%#*}$2" "${@:3}"; }
  opensc-tool --name >/dev/null
  of_page 1 "lines?from=0" | grep -q "\"reader\":\"vscard frank\".*\"object\":\"discovery object\"" || exit 3
  of_page 5 command --fail -H "Origin: ${url%%/#*}" -H "Content-Type: text/plain" -d "remove frank"
  of_page 5 readers | grep "\"state\":\"removed\""
' - "$work/run.log" 2>"$work/run.log" || fail "$(<"$work/run.log")"

step "a wrong PIN, and a signature"
head -c 100 /dev/urandom >"$work/data"
login() {
  as_user pkcs11-tool --login --pin "$1" --sign --id 01 --mechanism SHA256-RSA-PKCS \
    --input-file "$work/data" --output-file "$work/signature"
}
login 98765432 && fail "a wrong PIN was accepted"
login "$pin"

step "a reader whose name is markup"
start readers "$CCID_PASSTHRU" --reader '<b>x&y</b>' --vsc "listen:unix:$work/reader-card" \
  --usbredir "listen:unix:$work/usb" --control "unix:$work/readers-ctl" --inspect "unix:$work/page"
eventually grep -q 'http://localhost:PORT' "$work/readers.log"
socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork "UNIX-CONNECT:$work/page" 2>"$work/socat.log" &
pids+=($!)
eventually grep -q 'listening on' "$work/socat.log"
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$work/socat.log")

step "the pages"
mkdir "$work/profile"
export PCSCLITE_CSOCK_NAME=$work/pcsc PIN=$pin CTL="$VSCCLIENT ctl --control unix:$work/ctl"
PING="$GUEST_PROGRAMS/pcsc-ping 00cb3fff035c017e00 9000" "$tests/inspect_page.py" "$work/profile" \
  "$(url_of client)" "$(url_of readers | sed "s/PORT/$port/")" "$(url_of serve)" ${PICTURES:+"$PICTURES"}

step "what a page has saved"
quietly() { "$@" >"$work/said" 2>&1 || fail "$*: $(<"$work/said")"; }
quietly bridge --card "replay:$work/saved.jsonl,match=any" -- opensc-tool --name
grep -q 'Personal Identity' "$work/said" || fail "$(<"$work/said")"
has() { [[ $(tshark -r saved.pcapng -Y "$1" 2>/dev/null) ]] || fail "saved.pcapng has no packet with $1"; }
has 'iso7816.apdu.ins == 0x87 && frame.interface_name == "alice"'
has 'iso7816.apdu.ins == 0x20 && frame.comment contains "zeros"'
has 'iso7816.apdu.sw1 == 0x90'
if has '_ws.malformed || _ws.expert.severity == error' 2>/dev/null; then fail "saved.pcapng has malformed packets"; fi
[[ $(tshark -r saved.pcapng 2>/dev/null | wc -l) == "$(grep -c -e command -e response saved.jsonl)" ]]
has_no_pin saved.* ./*.log said
