#!/usr/bin/env bash
# Our tunnel in front of QEMU's VNC server: a guest signs with a card that came as a VNC client, stock
# viewers (gtk-vnc's, TigerVNC's, noVNC) get the same picture through it as without it, and the viewer
# of extras/ brings a card.
# shellcheck source=tests/interop/vnc.bash
source "$(dirname "$0")/vnc.bash"

# same_picture: through the tunnel and without it. The cursor blinks, so that may take two tries.
same_picture() {
  local deadline=$((SECONDS + patience))
  while true; do
    quietly gvnccapture --quiet "127.0.0.1:$open" "$work/without.png"
    quietly gvnccapture --quiet "127.0.0.1:$open_tunnel" "$work/with.png"
    ! cmp -s "$work/without.png" "$work/with.png" || return 0
    ((SECONDS < deadline)) || fail "the pictures differ"
  done
}

# start_websockify DISPLAY: serves noVNC, and leads it there; $web_ports gets its port.
start_websockify() {
  local port
  port=$(free_port)
  web_ports+=("$port")
  setpriv --pdeathsig KILL websockify --web /usr/share/novnc "127.0.0.1:$port" "127.0.0.1:$((5900 + $1))" \
    >"$work/websockify.$1.log" 2>&1 </dev/null &
  viewer_pids+=($!)
  wait_for_line proxying "$work/websockify.$1.log"
}

# screen_fills MORE COMMAND...: so many bytes more are lit after the command.
screen_fills() {
  local before deadline=$((SECONDS + patience))
  before=$(lit screen)
  "${@:2}"
  until (($(lit screen) > before + $1)); do
    ((SECONDS < deadline)) || fail "the screen shows nothing new"
  done
}
start_viewer() {
  VNC_PASSWORD=letmein setpriv --pdeathsig KILL "$VNC_VIEWER" 127.0.0.1 "$tunnel" "$work/card" \
    >"$work/viewer.log" 2>&1 </dev/null &
}
guest_writes() { in_guest 'yes "a line of the guest" | head -n 8 >/dev/ttyS2'; }

make_card alice Alice
echo letmein >"$work/password"
echo other >"$work/wrong"
card=(--card "soft:db=$work/alice/nssdb,cert=id,cert=sign,cert=enc")
open=$(free_display)
open_tunnel=$(free_display "$open")
tunnel=$(free_display "$open" "$open_tunnel")
tls_tunnel=$(free_display "$open" "$open_tunnel" "$tunnel")
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -days 2 \
  -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
start_card() {
  start_client --vsc "connect:vnc://127.0.0.1:$tunnel,password-file=$work/password" \
    --control "unix:$work/control" "${card[@]}"
}

redirection alice xhci
start_readers readers \
  --reader alice --vsc "listen:vnc://127.0.0.1:$tunnel,server=unix:$work/vnc" \
  --usbredir "connect:unix:$work/alice.usbredir" \
  --reader open --vsc "listen:vnc://127.0.0.1:$open_tunnel,server=127.0.0.1:$open" \
  --usbredir "listen:unix:$work/open.usbredir" \
  --reader tls --usbredir "listen:unix:$work/tls.usbredir" --vsc \
  "listen:vnc://127.0.0.1:$tls_tunnel,server=unix:$work/vnc,cert=$work/tls.pem,key=$work/tls.key"
# shellcheck disable=SC2054  # the commas are QEMU's
start_guest "${xhci[@]}" -vnc "unix:$work/vnc,password=on" -vnc "127.0.0.1:$open" \
  -chardev vc,id=screen,width=400,height=300 -serial chardev:screen
guest_monitor set_password vnc letmein
fails 'has no channel for a card' "vnc://127.0.0.1:$open" & # silence takes some seconds to be noticed
silent=$!

step "the card comes through the VNC server's login"
guest_sees card start_card
check_identity "$work/alice"
wait "$silent" # the viewer shares the server with nobody: QEMU would close this connection

step "a stock viewer sees the same through the tunnel, while the card works"
same_picture
cp "$work/with.png" "$work/before.png"
guest_writes
same_picture
! cmp -s "$work/before.png" "$work/with.png" || fail "the picture did not change"
check_signatures id

step "TigerVNC's viewer sees the same"
start_tiger without "$open" -SecurityTypes=None
start_tiger through "$open_tunnel" -SecurityTypes=None
same_screens without through

step "VeNCrypt: our client brings a card inside TLS, and TigerVNC's viewer sees the same"
tls=vnc://127.0.0.1:$tls_tunnel,password-file=$work/password
setpriv --pdeathsig KILL "$VSCCLIENT" --vsc "connect:$tls,ca=$work/tls.pem" "${card[@]}" \
  >>"$work/tls-client.log" 2>&1 </dev/null &
wait_for_line 'tls: card inserted' "$work/readers.log"
printf 'letmein\n' | vncpasswd -f >"$work/vncpasswd"
start_tiger in-tls "$tls_tunnel" -SecurityTypes=X509Vnc -X509CA="$work/tls.pem" -passwd="$work/vncpasswd"
same_screens without in-tls
fails 'a login that is not supported' "$tls"
fails 'no login in TLS' "vnc://127.0.0.1:$tunnel,name=localhost"

step "noVNC in Chromium sees the same"
start_websockify "$open"
start_websockify "$open_tunnel"
"$(dirname "$0")/novnc.py" "$work/chromium" "${web_ports[@]}"
kill "${viewer_pids[@]}"

step "a client that announces and lies has one line"
guest_sees no-card stop_client
exec {liar}<>"/dev/tcp/127.0.0.1/$((5900 + open_tunnel))"
# Version, security type None, ClientInit, the announcement, then a request for a picture.
printf 'RFB 003.008\n\1\1\2\0\0\1vscd\3\0\0\0\0\0\2\x80' >&"$liar"
wait_for_line 'open: .*does not belong on a card.s channel of VNC' "$work/readers.log"
exec {liar}>&-

step "the example viewer shows the picture and brings the card"
start_display screen
start_client --vsc "listen:unix:$work/card" --control "unix:$work/control" "${card[@]}"
wait_for_line 'listening on' "$client_log"
guest_sees card screen_fills 1000 start_viewer
screen_fills 1000 guest_writes
check_signatures id
guest_sees no-card stop_client
wait_for_line 'the card has gone' "$work/viewer.log"

step "what cannot work"
fails 'the password is wrong' "vnc://127.0.0.1:$tunnel,password-file=$work/wrong"
fails 'asks for a password' "vnc://127.0.0.1:$tunnel"
