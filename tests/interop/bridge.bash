# What the tests of `pcsc-bridge run` share: a folder, a time limit, and how a step fails. The
# environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
set -Eeuo pipefail

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
