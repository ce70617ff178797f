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

# marked FILE: its functions begin with the mark of a place that may be jumped to. Those that others have
# compiled into it, as Debian's start files, have a handful of marks; a package's files have no names.
marked() {
  local marks
  marks=$(objdump --disassemble "$1" | grep -cw endbr64 || true)
  ((marks > 100)) || fail "$1 has no control-flow protection (CET): $marks marks"
}

check() {
  has "$1" "addresses chosen at the start" 'Type: +DYN' readelf -W --file-header
  has "$1" "read-only tables (RELRO)" GNU_RELRO readelf -W --program-headers
  has "$1" "tables filled at the start (BIND_NOW)" 'BIND_NOW|FLAGS_1.*NOW' readelf -W --dynamic
  has "$1" "stack protector" '__stack_chk_fail' readelf -W --dyn-syms
  has "$1" "checked functions (FORTIFY)" '_chk@' readelf -W --dyn-syms
  if [[ $(uname -m) == x86_64 ]]; then marked "$1"; fi
  has "$1" "stack that runs no code" 'GNU_STACK.* RW  ' readelf -W --program-headers
}

all_kinds=${PCSC_BRIDGE%/*}/all-kinds/pcsc-bridge                                    # as it is built
[[ -e $all_kinds ]] || all_kinds=${PCSC_BRIDGE%/bin/*}/libexec/vscard/pcsc-bridge    # as it is installed
for file in "$VSCCLIENT" "$CCID_PASSTHRU" "$PCSC_BRIDGE" "$all_kinds" "$CERTS_TEST" "$IFD_HANDLER"; do
  check "$file"
done
