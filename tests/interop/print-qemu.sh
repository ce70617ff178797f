#!/usr/bin/env bash
# What --print qemu prints are arguments for QEMU, says the QEMU of this machine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for usbredir in "connect:unix:$work/a&b,, c's.sock" "listen:unix:$work/a&b,, c's.sock" listen:tcp://127.0.0.1:2002; do
  arguments=$("$CCID_PASSTHRU" --vsc listen:unix:/run/a.sock --usbredir "$usbredir" --print qemu)
  # It ends with the monitor's first command; that there is no reader yet is only a warning.
  eval "qemu-system-x86_64 -S -nodefaults -display none -monitor stdio ${arguments//$'\n'/ }" \
    <<<quit >"$work/said" 2>&1 || { echo "$arguments" && cat "$work/said" && exit 1; }
  if grep deprecated "$work/said"; then exit 1; fi
  echo "$arguments"
done
