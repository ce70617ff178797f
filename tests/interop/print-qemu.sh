#!/usr/bin/env bash
# What --print qemu prints are arguments for QEMU, says the QEMU of this machine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One certificate for both sides and roles, under QEMU's names.
mkdir "$work/pki"
cd "$work/pki"
p256=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${p256[@]}" -subj /CN=ours -keyout ca-key.pem -out ca-cert.pem 2>/dev/null
openssl req "${p256[@]}" -subj /CN=vmhost -keyout server-key.pem 2>/dev/null |
  openssl x509 -req -CA ca-cert.pem -CAkey ca-key.pem -out server-cert.pem 2>/dev/null
cp server-key.pem client-key.pem
cp server-cert.pem client-cert.pem
cert=cert=$work/pki/server-cert.pem,key=$work/pki/server-key.pem,ca=$work/pki/ca-cert.pem
(umask 077 && echo "laptop:$(openssl rand -hex 32)" >"$work/keys.psk")

for usbredir in "connect:unix:$work/a&b,, c's.sock" "listen:unix:$work/a&b,, c's.sock" listen:tcp://127.0.0.1:2002 \
  {connect,listen}:tls://127.0.0.1:2002,{"$cert","psk=$work/keys.psk"} connect:ws://127.0.0.1:2002 "connect:wss://127.0.0.1:2002,$cert"; do
  arguments=$("$CCID_PASSTHRU" --vsc listen:unix:/run/a.sock --usbredir "$usbredir" --print qemu)
  arguments=${arguments//\/etc\/pki\/qemu/$work/pki}
  # It ends with the monitor's first command; that there is no reader yet is only a warning.
  eval "qemu-system-x86_64 -S -nodefaults -display none -monitor stdio ${arguments//$'\n'/ }" \
    <<<quit >"$work/said" 2>&1 || { echo "$arguments" && cat "$work/said" && exit 1; }
  if grep deprecated "$work/said"; then exit 1; fi
  echo "$arguments"
done
