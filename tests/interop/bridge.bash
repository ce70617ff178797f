# What the tests of `pcsc-bridge run` share: a folder, a time limit, and how a step fails. The
# environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
set -Eeuo pipefail

# shellcheck source=tests/interop/secrets.bash
source "$(dirname "${BASH_SOURCE[0]}")/secrets.bash"
work=$(mktemp -d)
pin=12345678
readonly patience=60 # seconds for any one step: many times what a busy machine needs
PATH=$(dirname "$VSCCLIENT"):$(dirname "$CERTS_TEST"):$PATH

trap 'echo "FAILED: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
trap 'rm -rf "$work"' EXIT

step() { echo "-- $*"; }

fail() {
  echo "FAILED: $*" >&2
  return 1
}

# For $limit seconds at most, for a step of many programs.
bridge() { timeout "${limit:-$patience}" "$PCSC_BRIDGE" run "$@"; }

# OpenSC keeps certificates in files, from 0.24 on without being told to, and asks the next time for less.
without_opensc_cache() {
  echo 'app default { framework pkcs15 { use_file_caching = no; } }' >"$work/opensc.conf"
  export OPENSC_CONF=$work/opensc.conf
}

# says PATTERN COMMAND...: the command succeeds and one line of its output has the pattern.
says() {
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) || fail "$*: $output"
  grep -q -e "$pattern" <<<"$output" || fail "$*: no '$pattern' in: $output"
}

# exits STATUS COMMAND...
exits() {
  local expected=$1 status=0
  shift
  "$@" >"$work/output" 2>&1 || status=$?
  ((status == expected)) || fail "$*: status $status: $(<"$work/output")"
}

# make_card NAME [OPTION...]: the folder $work/NAME gets a card's database and certificates.
make_card() {
  "$CERTS_TEST" "$work/$1.made" --subject "$1" --log-level warning "${@:2}" >/dev/null
  mv "$work/$1.made/cards"/* "$work/$1"
}

# Beside a card(), of the same database: libcacard cannot have both in one process, so a vscclient brings each.
twin() { echo "$(card "$1"),name=$2"; }

card() { echo "soft:db=$work/$1/nssdb,cert=id,cert=sign,cert=enc,name=$1"; }

# Waits until a command succeeds.
eventually() {
  local until=$((SECONDS + patience))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || fail "never: $*"
    read -rt 0.05 <> <(:) || true
  done
}

ended() { [[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status"; }

# Nothing of a world is left: neither its folder nor a process of its group.
nothing_left() { ! compgen -G "$work/tmp/pcsc-bridge-*" && ! pgrep -f "$work/tmp/pcsc-bridge-"; }
