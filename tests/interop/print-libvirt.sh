#!/usr/bin/env bash
# What --print libvirt prints belongs into a domain, says libvirt.
set -euo pipefail
domain=$(mktemp)
trap 'rm -f "$domain"' EXIT

for usbredir in {connect,listen}:{unix:/run/vm1/reader.sock,tcp://127.0.0.1:2002,"tls://127.0.0.1:2002,cert=a,ca=b"}; do
  {
    echo "<domain type='kvm'><name>vm1</name><memory>1</memory><os><type>hvm</type></os><devices>"
    "$CCID_PASSTHRU" --reader alice --vsc listen:unix:/run/vm1/a.sock --usbredir "$usbredir" \
      --reader bob --vsc listen:unix:/run/vm1/b.sock --usbredir 'connect:unix:/run/bob'\''s & "co".sock' \
      --print libvirt
    echo "</devices></domain>"
  } >"$domain"
  virt-xml-validate "$domain" domain || { cat "$domain" && exit 1; }
done
