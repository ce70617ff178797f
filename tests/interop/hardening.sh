#!/usr/bin/env bash
# The programs and the handler have what makes a fault in memory harder to use: the stack protector,
# checked library functions, addresses that are chosen at the start, and tables that nobody writes.
set -euo pipefail

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# has FILE WHAT PATTERN COMMAND...: the command says so of the file.
has() { "${@:4}" "$1" 2>/dev/null | grep -cE "$3" >/dev/null || fail "$1 has no $2"; }

# starts FILE FUNCTION: it begins with the mark of a place that may be jumped to.
starts() {
  objdump --disassemble="$2" "$1" | grep -A1 "<$2>:" | grep -c endbr64 >/dev/null ||
    fail "$2 of $1 has no control-flow protection (CET)"
}

check() {
  has "$1" "addresses chosen at the start" 'Type: +DYN' readelf -W --file-header
  has "$1" "read-only tables (RELRO)" GNU_RELRO readelf -W --program-headers
  has "$1" "tables filled at the start (BIND_NOW)" 'BIND_NOW|FLAGS_1.*NOW' readelf -W --dynamic
  has "$1" "stack protector" '__stack_chk_fail' readelf -W --dyn-syms
  has "$1" "checked functions (FORTIFY)" '_chk@' readelf -W --dyn-syms
  # Debian's start files are not marked for CET, so that no program of Debian is, but have some of its
  # instructions. So what counts is a function that we compile.
  if [[ $(uname -m) == x86_64 ]]; then starts "$1" "$2"; fi
  has "$1" "stack that runs no code" 'GNU_STACK.* RW  ' readelf -W --program-headers
}

for program in "$VSCCLIENT" "$CCID_PASSTHRU" "$PCSC_BRIDGE" "${PCSC_BRIDGE%/*}/all-kinds/pcsc-bridge" "$CERTS_TEST"; do
  check "$program" main
done
check "$IFD_HANDLER" IFDHTransmitToICC
