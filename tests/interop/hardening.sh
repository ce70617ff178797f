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

check() {
  has "$1" "addresses chosen at the start" 'Type: +DYN' readelf -W --file-header
  has "$1" "read-only tables (RELRO)" GNU_RELRO readelf -W --program-headers
  has "$1" "tables filled at the start (BIND_NOW)" 'BIND_NOW|FLAGS_1.*NOW' readelf -W --dynamic
  has "$1" "stack protector" '__stack_chk_fail' readelf -W --dyn-syms
  has "$1" "checked functions (FORTIFY)" '_chk@' readelf -W --dyn-syms
  # Debian's own start files are not marked for CET, so that no program of Debian is; ours is ready.
  if [[ $(uname -m) == x86_64 ]]; then has "$1" "control-flow protection (CET)" endbr64 objdump -d; fi
  has "$1" "stack that runs no code" 'GNU_STACK.* RW  ' readelf -W --program-headers
}

for file in "$VSCCLIENT" "$CCID_PASSTHRU" "$PCSC_BRIDGE" "$CERTS_TEST" "$IFD_HANDLER"; do
  check "$file"
done
