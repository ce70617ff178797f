#!/usr/bin/env bash
# One would guess: a TLS 1.3 server answers an external pre-shared key that does not fit with the alert
#   decrypt_error (RFC 8446 §6.2: unable to verify a PSK binder), and a name that it does not know with
#   unknown_psk_identity; so a client can tell its user which of the two it was, with every OpenSSL.
# Real: OpenSSL 3.0's server sends illegal_parameter for the key, as for a malformed message; that of
#   3.5 sends decrypt_error. Both send handshake_failure for the name: they go on without a key, and
#   find no certificate.
# Where it matters: the line for a user who mistyped a key. A client must take illegal_parameter for a
#   wrong key, too, when all that it offered is a key.
# Needs: mmdebstrap, and root, for the root folders.
set -euo pipefail

work=$(mktemp -d)
server=''
trap '[[ ! $server ]] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"

key=00112233445566778899aabbccddeeff
other_key=112233445566778899aabbccddeeff00

client() { # NAME KEY: how it ends
  chroot root openssl s_client -connect 127.0.0.1:14433 -tls1_3 -psk_identity "$1" -psk "$2" \
    </dev/null 2>&1 | grep -aoE 'alert [a-z ]+|Reused, TLSv1.3' | head -n 1
}

look() { # RELEASE PACKAGE
  mmdebstrap --quiet --variant=extract --include="$2,base-files" "$1" root http://deb.debian.org/debian
  chroot root openssl s_server -accept 127.0.0.1:14433 -tls1_3 -nocert -psk_identity me -psk $key \
    >/dev/null 2>&1 </dev/zero &
  server=$!
  sleep 2
  echo "$2: right: $(client me $key); another key: $(client me $other_key); another name: $(client you $key)"
  kill "$server"
  wait "$server" || true
  server=''
  rm -rf root
}

{
  look bookworm openssl=3.0.20-1~deb12u2
  look trixie openssl=3.5.9-1~deb13u1
} | tee seen
grep -qx 'openssl=3.0.20.*: right: Reused.*; another key: alert illegal parameter; another name: alert handshake failure' seen
grep -qx 'openssl=3.5.9.*: right: Reused.*; another key: alert decrypt error; another name: alert handshake failure' seen
# Output seen:
#   openssl=3.0.20-1~deb12u2: right: Reused, TLSv1.3; another key: alert illegal parameter; another name: alert handshake failure
#   openssl=3.5.9-1~deb13u1: right: Reused, TLSv1.3; another key: alert decrypt error; another name: alert handshake failure
