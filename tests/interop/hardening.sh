#!/usr/bin/env bash
# The programs and the handler have what makes a fault in memory harder to use: the stack protector,
# checked library functions, addresses that are chosen at the start, and tables that nobody writes.
set -euo pipefail

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# has FILE WHAT PATTERN READELF-OPTION...
has() { readelf -W "${@:4}" "$1" 2>/dev/null | grep -qE "$3" || fail "$1 has no $2"; }

check() {
  has "$1" "addresses chosen at the start" 'Type: +DYN' --file-header
  has "$1" "read-only tables (RELRO)" GNU_RELRO --program-headers
  has "$1" "tables filled at the start (BIND_NOW)" 'BIND_NOW|FLAGS_1.*NOW' --dynamic
  has "$1" "stack protector" '__stack_chk_fail' --dyn-syms
  has "$1" "checked functions (FORTIFY)" '__[a-z]+_chk' --dyn-syms
  if [[ $(uname -m) == x86_64 ]]; then has "$1" "control-flow protection (CET)" 'IBT, SHSTK' --notes; fi
  if readelf -W --program-headers "$1" | grep 'GNU_STACK' | grep -q E; then fail "$1 has a stack that runs code"; fi
}

for file in "$VSCCLIENT" "$CCID_PASSTHRU" "$PCSC_BRIDGE" "$CERTS_TEST" "$IFD_HANDLER"; do
  check "$file"
done
