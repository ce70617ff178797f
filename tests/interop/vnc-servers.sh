#!/usr/bin/env bash
# Our tunnel in front of other VNC servers than a plain one of QEMU: TigerVNC's, and those that insist on TLS.
# Viewers get the same picture through it as without it, and our client brings a card. No guest.
# shellcheck source=tests/interop/vnc.bash
source "$(dirname "$0")/vnc.bash"

# choose_displays NAME...: each gets one that is free.
declare -A at
choose_displays() {
  local name
  for name; do at[$name]=$(free_display "${at[@]}"); done
}

# make_certificates: an authority, and a certificate that it signed, as QEMU wants them.
make_certificates() {
  quietly openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=CA -keyout "$work/ca.key" \
    -out "$work/ca-cert.pem"
  quietly openssl req -newkey rsa:2048 -nodes -subj /CN=vmhost -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$work/server-key.pem" -out "$work/server.csr"
  quietly openssl x509 -req -in "$work/server.csr" -days 2 -copy_extensions copy -CA "$work/ca-cert.pem" \
    -CAkey "$work/ca.key" -CAcreateserial -out "$work/server-cert.pem"
}

# start_server NAME OPTION...: TigerVNC's, with a pattern on its screen.
start_server() {
  local number out
  exec {out}<> <(:)
  setpriv --pdeathsig KILL Xtigervnc -displayfd "$out" -rfbport "$((5900 + at[$1]))" -localhost -nolisten tcp \
    -geometry 640x480 -retro -rfbauth "$work/vncpasswd" "${@:2}" >"$work/$1.log" 2>&1 </dev/null &
  read -r -t "$patience" -u "$out" number || fail "Xtigervnc does not start"
}

# QEMU's wants to see a certificate, and a password; on its second display neither.
start_qemu() {
  setpriv --pdeathsig KILL qemu-system-x86_64 -S -nodefaults -vga none -object secret,id=password,data=letmein \
    -object "tls-creds-x509,id=tls,endpoint=server,dir=$work,verify-peer=yes" \
    -vnc "127.0.0.1:${at[qemu]},password-secret=password,tls-creds=tls" -vnc "127.0.0.1:${at[open]}" \
    >"$work/qemu.log" 2>&1 </dev/null &
}

# tunnel NAME [KEYS]: adds a reader behind a tunnel, TUNNEL-NAME, to $tunnels.
tunnel() {
  tunnels+=(--reader "$1" --usbredir "listen:unix:$work/$1.usbredir"
    --vsc "listen:vnc://127.0.0.1:${at[tunnel-$1]},server=127.0.0.1:${at[$1]}${2:-}")
}

# address NAME [KEYS]: of a client that knows the password.
address() { echo "vnc://127.0.0.1:${at[$1]},password-file=$work/password${2:-}"; }

# card_comes NAME [KEYS]: the reader gets the card of a client that logs in there.
card_comes() {
  start_client --vsc "connect:$(address "tunnel-$1" "${2:-}")" "${card[@]}" --control none
  wait_for_line "$1: card inserted" "$work/readers.log"
  stop_client
  wait_for_line "$1: card removed" "$work/readers.log"
}

make_card alice Alice
echo letmein >"$work/password"
echo other >"$work/wrong"
printf 'letmein\n' | vncpasswd -f >"$work/vncpasswd"
make_certificates
card=(--card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc")
password=(-passwd="$work/vncpasswd")
x509=(-SecurityTypes=X509Vnc -X509CA="$work/ca-cert.pem" "${password[@]}")
ca=,ca=$work/ca-cert.pem
keys=,cert=$work/server-cert.pem,key=$work/server-key.pem
choose_displays tiger tunnel-tiger anonymous tunnel-anonymous qemu open tunnel-qemu
start_server tiger
start_server anonymous -SecurityTypes=TLSVnc
start_qemu
tunnel tiger
tunnel anonymous "$keys"
tunnel qemu "$keys"
start_readers readers "${tunnels[@]}"

step "TigerVNC's server: its viewer sees the same through the tunnel, with and without TLS"
start_tiger without "${at[tiger]}" -SecurityTypes=VncAuth "${password[@]}"
start_tiger through "${at[tunnel-tiger]}" -SecurityTypes=VncAuth "${password[@]}"
start_tiger in-tls "${at[tunnel-tiger]}" -SecurityTypes=TLSVnc "${password[@]}"
same_screens without through
same_screens without in-tls
grep -q 'security type TLSVnc' "$work/in-tls.log"

step "TigerVNC's server: our client brings a card"
card_comes tiger
fails 'the password is wrong' "vnc://127.0.0.1:${at[tunnel-tiger]},password-file=$work/wrong"
fails 'has no channel for a card' "$(address tiger)"

step "TigerVNC's server with TLSVnc alone: the same picture and the card come through TLS twice"
start_tiger twice "${at[tunnel-anonymous]}" "${x509[@]}"
same_screens without twice
card_comes anonymous "$ca"
fails 'no login in TLS with a certificate: connect to ccid-passthru' "$(address anonymous "$ca")"

step "QEMU's server with TLS for those with a certificate: likewise"
start_tiger open "${at[open]}" -SecurityTypes=None
start_tiger qemu-twice "${at[tunnel-qemu]}" "${x509[@]}"
same_screens open qemu-twice
card_comes qemu "$ca"
fails 'the password is wrong' "vnc://127.0.0.1:${at[tunnel-qemu]},password-file=$work/wrong$ca"
