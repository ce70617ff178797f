# shellcheck shell=bash
# Sourced by the interop tests: a guest with QEMU's stock readers, soft cards, our client, and what
# a card is put through. The first command that fails ends the test and shows the logs.
# The environment names what is tested: VSCCLIENT, CERTS_TEST and GUEST_PROGRAMS, the folder of
# pcsc-echo, pcsc-events and pcsc-ping.
set -Eeuo pipefail

# shellcheck source=guest/session.bash
source "$(dirname "${BASH_SOURCE[0]}")/../../guest/session.bash"
# shellcheck source=tests/interop/secrets.bash
source "$(dirname "${BASH_SOURCE[0]}")/secrets.bash"
work=$(mktemp -d)
share=$work/guest/share
client_log=$work/vscclient.log
client_pid=''
pin=12345678
patience=60 # seconds for any one step: many times what a busy machine needs

unset XDG_RUNTIME_DIR # the user's programs have their control sockets there

trap 'echo "FAILED: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
trap 'finish $?' EXIT

finish() {
  if (($1)); then
    tail -n 40 "$work"/*.log "$work"/guest/*.log "$share/events" >&2 2>/dev/null || true
    grep -v CmdEscapeCheck "$share/.guest/syslog" >&2 2>/dev/null || true
  fi
  [[ ! $client_pid ]] || kill -KILL "$client_pid" 2>/dev/null || true
  guest_stop
  jobs -p | xargs -r kill -KILL 2>/dev/null || true
  rm -rf "$work"
}

step() { echo "-- $*"; }

fail() {
  echo "FAILED: $*" >&2
  return 1
}

# What the command wrote is shown only when it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || fail "$*: $output"
}

free_port() {
  local port
  for port in $(shuf -i 20000-32000 -n 20); do
    # shellcheck disable=SC2188  # just opened
    { true <>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || break
  done
  echo "$port"
}

# --- the guest and its readers ---------------------------------------------------------------

# USB buses as QEMU arguments. A smart card reader is a full speed device: on EHCI it is handed to
# the companion controller, as on real machines.
# shellcheck disable=SC2034,SC2054  # used by the tests; the commas are QEMU's
uhci=(-device piix3-usb-uhci,id=uhci)
# shellcheck disable=SC2034,SC2054
ehci=(-device ich9-usb-ehci1,id=ehci,addr=1d.7
  -device ich9-usb-uhci1,masterbus=ehci.0,firstport=0,addr=1d.0,multifunction=on)

# stock_reader NAME BUS tcp|unix: adds a reader to $readers. TCP is as a user would write it: the
# options that make it fast are left out.
readers=()
stock_reader() {
  local name=$1 bus=$2 socket=host=127.0.0.1,port=0
  [[ $3 == tcp ]] || socket=path=$work/$name.sock
  readers+=(-chardev "socket,id=$name,$socket,server=on,wait=off"
    -device "usb-ccid,id=$name-reader,bus=$bus.0"
    -device "ccid-card-passthru,chardev=$name,bus=$name-reader.0")
}

start_guest() {
  step "boot the guest"
  mkdir -p "$share/bin"
  cp "$GUEST_PROGRAMS"/pcsc-{echo,events,ping} "$share/bin"
  guest_start "$work/guest" "$@" "${readers[@]}"
  head -c 1000 /dev/urandom >"$share/data"
}

# Where the chardev listens, as HOST:PORT; the port was the system's choice.
tcp_address() {
  guest_monitor info chardev | sed -n "s/^$1: filename=[a-z]*:tcp:\([^,]*\),.*/\1/p" | grep .
}

# The same as an address of ours, for both kinds of chardev.
address() {
  if [[ -S $work/$1.sock ]]; then echo "unix:$work/$1.sock"; else echo "tcp://$(tcp_address "$1")"; fi
}

in_guest() { guest_exec "$patience" "$@"; }

# guest_says PATTERN COMMAND...: the command succeeds and one line of its output has the pattern.
guest_says() {
  local pattern=$1 output
  shift
  output=$(in_guest "$@" 2>&1) || fail "$*: $output"
  grep -q -e "$pattern" <<<"$output" || fail "$*: no '$pattern' in: $output"
}

# guest_sees EVENT COMMAND...: the command makes pcsc-events in the guest print the event. With
# $times, so often. $share/events is what it printed.
guest_sees() {
  local event=$1
  shift
  rm -f "$share/events"
  in_guest "pcsc-events $patience $event ${times:-1} >events" &
  local watch=$!
  wait_for_line '^watching' "$share/events"
  "$@"
  wait "$watch"
}

# Waits for a line that a program has yet to write.
wait_for_line() {
  timeout "$patience" tail -F -s 0.1 -n +1 "$2" 2>/dev/null | grep -q -m 1 -e "$1" ||
    [[ ${PIPESTATUS[1]} == 0 ]] || fail "no line '$1' in $2"
}

# --- the client ------------------------------------------------------------------------------

# It dies with the test, however that ends.
start_client() {
  setpriv --pdeathsig KILL "$VSCCLIENT" "$@" >>"$client_log" 2>&1 </dev/null &
  client_pid=$!
}

# Asked to stop it ends by itself, with status 0.
stop_client() {
  kill -TERM "$client_pid"
  timeout "$patience" tail --pid "$client_pid" --sleep-interval 0.1 -f /dev/null ||
    fail "the client did not end on SIGTERM"
  wait "$client_pid"
  client_pid=''
}

kill_client() {
  kill -KILL "$client_pid"
  wait "$client_pid" 2>/dev/null || true
}

# fails PATTERN ADDRESS: a client that does not try again ends with one line about it.
fails() {
  local output status=0
  # shellcheck disable=SC2154  # the test has the card
  output=$(timeout "$patience" "$VSCCLIENT" --no-reconnect --log-level warning \
    --vsc "connect:$2" "${card[@]}" 2>&1 </dev/null) || status=$?
  [[ $status == 1 && $(wc -l <<<"$output") == 1 ]] || fail "$2: status $status: $output"
  grep -q -e "$1" <<<"$output" || fail "$2: no '$1' in: $output"
}

# start_card ENDPOINT: with Alice's card. A test may have another one of this name.
start_card() {
  start_client --vsc "$1" --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc"
}
kill_and_restart() {
  kill_client
  start_card "$@"
}

declare -A card_pid
# start_echo NAME: the test card that echoes (tests/peer/echo_card.cpp) for the reader that listens at
# $work/NAME.vsc. It dies with the test.
start_echo() {
  setpriv --pdeathsig KILL "$ECHO_CARD" "connect:unix:$work/$1.vsc" >>"$work/$1-card.log" 2>&1 &
  card_pid[$1]=$!
}

kill_echo() {
  kill -KILL "${card_pid[$1]}"
  wait "${card_pid[$1]}" 2>/dev/null || true
}

ctl() { "$VSCCLIENT" ctl --control "unix:$work/control" "$@"; }

# make_card FOLDER SUBJECT: the folder gets the card's database and certificates.
make_card() {
  local made=$work/$1.made
  "$CERTS_TEST" "$made" --subject "$2" --log-level warning "${@:3}" >/dev/null
  mv "$made"/cards/* "$work/$1"
}

# --- what a card is put through --------------------------------------------------------------

# Keys of a card of the CAC kind, as OpenSC numbers them, by the nickname of their certificate.
declare -A key_id=([id]=0001 [sign]=0002 [enc]=0003)

# The reader of the card is OpenSC's choice, the first one with a card, unless $slot names it.
slot=''
pkcs11() { in_guest pkcs11-tool ${slot:+--slot-index "$slot"} "$@"; }
pkcs15() { in_guest pkcs15-tool ${slot:+--reader "$slot"} "$@"; }

# The certificate that the card shows is the one that certs-test made.
check_certificate() {
  local folder=$1 name=$2
  quietly pkcs15 --read-certificate "${key_id[$name]}" --output "$name.pem"
  cmp <(openssl x509 -in "$share/$name.pem" -outform DER) \
    <(openssl x509 -in "$folder/$name.pem" -outform DER)
}

# check_signatures NAME [PADDING...]: the key signs inside the guest, with PKCS padding unless others
# are named; outside OpenSSL verifies with the certificate that check_certificate read.
check_signatures() {
  local name=$1 padding paddings=("${@:2}")
  openssl x509 -in "$share/$name.pem" -noout -pubkey >"$work/public.pem"
  for padding in "${paddings[@]:-PKCS}"; do
    rm -f "$share/signature"
    quietly pkcs11 --login --pin "$pin" --sign --id "${key_id[$name]}" \
      --mechanism "SHA256-RSA-$padding" --input-file data --output-file signature
    local options=()
    [[ $padding == PKCS ]] || options=(-sigopt rsa_padding_mode:pss)
    quietly openssl dgst -sha256 -verify "$work/public.pem" "${options[@]}" \
      -signature "$share/signature" "$share/data"
  done
}

# What OpenSSL encrypts outside for the card's encryption certificate, the card decrypts inside.
check_decryption() {
  head -c 32 /dev/urandom >"$work/secret"
  openssl pkeyutl -encrypt -certin -inkey "$share/enc.pem" -in "$work/secret" -out "$share/encrypted"
  rm -f "$share/decrypted"
  quietly pkcs11 --login --pin "$pin" --decrypt --id "${key_id[enc]}" --mechanism RSA-PKCS \
    --input-file encrypted --output-file decrypted
  cmp "$work/secret" "$share/decrypted"
}

check_wrong_pin() {
  local output
  rm -f "$share/signature"
  if output=$(pkcs11 --login --pin "$1" --sign --id "${key_id[id]}" --mechanism SHA256-RSA-PKCS \
    --input-file data --output-file signature 2>&1); then
    fail "a wrong PIN was accepted"
  fi
  grep -q "C_Login failed" <<<"$output" || fail "a wrong PIN failed otherwise: $output"
  [[ ! -e $share/signature ]] || fail "a signature was made with a wrong PIN"
}

# check_identity FOLDER: the card of make_card works.
check_identity() {
  check_certificate "$1" id
  check_signatures id
}

# check_card FOLDER: everything that a card of make_card can do.
check_card() {
  local folder=$1 name
  guest_says ' Yes ' opensc-tool --list-readers
  guest_says 'Common Access Card' opensc-tool --name
  guest_says 'CAC Email Encryption Certificate' pkcs15-tool --list-certificates
  for name in id sign enc; do check_certificate "$folder" "$name"; done
  check_signatures id PKCS
  check_signatures sign PKCS-PSS
  check_decryption
  check_wrong_pin 99999999
}
