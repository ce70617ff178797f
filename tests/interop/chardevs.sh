#!/usr/bin/env bash
# Other ways than sockets, with QEMU, systemd and the guest's kernel at the other end, and with a NATS
# server between; the manifest for KubeVirt among them.
# shellcheck source=tests/interop/network.bash
source "$(dirname "$0")/network.bash"
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "$0")/passthru.bash"

# The guest's pcscd with our handler beside its USB readers: what DEVICENAMEs name.
pcscd_in_guest() {
  local name number=0
  mkdir -p "$share/lib"
  cp "$IFD_HANDLER" "$share/lib/handler.so"
  ldd "$IFD_HANDLER" "$ECHO_CARD" | grep -o '/[^ ]*' | grep -v ':$' | sort -u | xargs cp -Lt "$share/lib"
  cp "$ECHO_CARD" "$share/bin/echo-card"
  for name in "$@"; do
    printf 'FRIENDLYNAME "%s"\nDEVICENAME "%s"\nLIBPATH /share/lib/handler.so\nCHANNELID %d\n\n' \
      "${name//[^a-z]/}" "$name" "$((number++))"
  done >"$share/reader.conf"
  # shellcheck disable=SC2016  # the guest's shell expands it
  quietly in_guest 'kill -KILL $(pidof pcscd); rm -f /run/pcscd/*
    mkdir -p /etc/reader.conf.d && cp reader.conf /etc/reader.conf.d/vscard
    polkit=; if pcscd --help | grep -q disable-polkit; then polkit=--disable-polkit; fi
    LD_LIBRARY_PATH=/share/lib pcscd $polkit 3>&-'
}

reader_of() { in_guest opensc-tool --list-readers | awk -v name="$1" '$0 ~ name { print $1; exit }'; }

start_card() { start_client --card "soft:db=$work/alice/nssdb,cert=id" --control "unix:$work/control" "$@"; }

# as NAME PLACE COMMAND...: it dies with the test; its log is NAME.log.
declare -A pid
as() {
  setpriv --pdeathsig KILL ip netns exec "${@:2}" >>"$work/$1.log" 2>&1 </dev/null &
  pid[$1]=$!
}
end() { # NAME...; a pipe has ended when one of its ends has
  local name
  for name in "$@"; do kill -TERM "${pid[$name]}" 2>/dev/null || true; done
  for name in "$@"; do wait "${pid[$name]}" || true; done
}
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

here=$(realpath "$(dirname "$0")")
data=$here/../data
make_card alice Alice
card="soft:db=$work/alice/nssdb,,cert=id --control unix:$work/control"
touch "$work/way" # without it, the command fails
start_readers usb --vsc "connect:exec:test -e '$work/way' && exec '$VSCCLIENT' --vsc stdio: --pid-file '$work/pid' --card $card" \
  --usbredir "listen:pty:$work/usb"
# shellcheck disable=SC2054  # the commas are QEMU's
readers+=(-chardev "serial,id=usb,path=$work/usb" -device usb-redir,id=usb-reader,chardev=usb,bus=xhci.0
  -chardev pty,id=stock -device usb-ccid,id=stock-reader,bus=uhci.0
  -device ccid-card-passthru,chardev=stock,bus=stock-reader.0
  -chardev "socket,id=port,path=$work/port,server=on,wait=off"
  -device virtio-serial -device virtserialport,chardev=port,name=vscard)
redirection nats xhci
start_guest "${uhci[@]}" "${xhci[@]}"

step "exec:, stdio: and pty: with QEMU's serial device"
quietly in_guest pcsc-events "$patience" card 0
slot=$(reader_of '[[]reader')
check_identity "$work/alice"
guest_sees no-card ctl remove
guest_sees card ctl insert
rm "$work/way"
guest_sees no-card kill -KILL "$(cat "$work/pid")"
guest_sees card touch "$work/way"
check_signatures id
quietly ctl_readers usb remove reader

step "nats: with the guest's host and the card behind NAT"
for place in hub:1 one:2 two:3 desk:4; do place "${place%:*}" "${place#*:}"; done
behind_nat 1
as hub hub nats-server
wait_for_line 'Server is ready' "$work/hub.log"
echo "vm1:$(openssl rand -hex 32)" >"$work/psk"
chmod 600 "$work/psk"
far=nats://10.0.1.2:4222/desk.alice,psk=$work/psk
start_far_reader() { # PLACE
  as "$1" "$1" "$CCID_PASSTHRU" --vsc "connect:$far" --usbredir "connect:unix:$work/nats.usbredir" \
    --control none
}
as desk desk "$VSCCLIENT" --vsc "listen:$far" --card "soft:db=$work/alice/nssdb,cert=id" --control none
guest_sees card start_far_reader one
slot=$(reader_of '[[]reader')
check_identity "$work/alice"

step "… and the guest's host moves, and back at once"
guest_sees no-reader kill -KILL "${pid[one]}"
began=$(milliseconds)
guest_sees card start_far_reader two
echo "   the guest has the card again after $(($(milliseconds) - began)) ms"
slot=$(reader_of '[[]reader')
check_signatures id
rm "$work/one.log"
began=$(milliseconds)
kill -KILL "${pid[two]}"
start_far_reader one
wait_for_line 'card inserted' "$work/one.log"
echo "   the card is there again after $(($(milliseconds) - began)) ms"

step "… and with the reader at its card: usbredir goes through the server"
usb=nats://10.0.1.2:4222/vm1.usb,psk=$work/psk
guest_sees no-reader end desk one
as machine one "$VSCCLIENT" pipe "connect:unix:$work/nats.usbredir" "listen:$usb"
start_near_reader() {
  as desk desk "$CCID_PASSTHRU" --usbredir "connect:$usb" --control none \
    --vsc "connect:exec:exec '$VSCCLIENT' --vsc stdio: --card $card"
}
guest_sees card start_near_reader
slot=$(reader_of '[[]reader')
check_identity "$work/alice"
guest_sees no-reader end desk machine hub

step "docs/kubevirt.yaml as it stands, and Python's server in place of the API's"
secrets=/run/secrets/pool
account=/run/secrets/kubernetes.io/serviceaccount
api=wss://10.0.1.2:443/apis/subresources.kubevirt.io/v1/namespaces/desktops/virtualmachineinstances/desk1/usbredir
mkdir -p "$secrets" "$work/api" # /run is of this test alone
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=cluster -keyout "$work/key.pem" \
  -addext subjectAltName=DNS:nats.cards.svc,DNS:kubernetes.default.svc -out "$secrets/ca.pem" 2>/dev/null
cat "$secrets/ca.pem" "$work/key.pem" >"$work/api/server.pem"
cp "$data/nats/user.creds" "$secrets"
cp "$work/psk" "$secrets/user.psk"
echo '10.0.1.2 nats.cards.svc kubernetes.default.svc' >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
# issue_token TOKEN: as the kubelet does, which leaves a reader that runs with its old folder.
issue_token() {
  mkdir -p "$account/..$1"
  (umask 077 && echo "$1" | tee "$work/api/token" >"$account/..$1/token")
  cp "$secrets/ca.pem" "$account/..$1/ca.crt"
  ln -sfn "..$1" "$account/..data"
  ln -sf ..data/token ..data/ca.crt "$account"
  rm -f "$work/api/addresses"
  as api hub "$here/websocket_peer.py" server "$work/api" "$work/nats.usbredir" "$api"
  wait_for_line wss "$work/api/addresses"
}
issue_token Zmlyc3Q=
{
  cat "$data/nats/operator.conf"
  echo "tls { cert_file: \"$secrets/ca.pem\", key_file: \"$work/key.pem\" }"
} >"$work/lender.conf"
as lender hub nats-server --config "$work/lender.conf"
wait_for_line 'Server is ready' "$work/lender.log"
as desk desk "$VSCCLIENT" --card "soft:db=$work/alice/nssdb,cert=id" --control none --vsc \
  "listen:nats+tls://nats.cards.svc:4222/pool.ci,label=type=piv,ca=$secrets/ca.pem,creds=$secrets/user.creds,psk=$secrets/user.psk"
mapfile -t container < <("$here/kubernetes.py" command "$here/../../docs/kubevirt.yaml")
guest_sees card as container one "$CCID_PASSTHRU" "${container[@]:1}"
slot=$(reader_of '[[]reader')
check_identity "$work/alice"

step "… and its token is a new one"
guest_sees no-reader end api
guest_sees card issue_token c2Vjb25k
end container desk api lender
umount /etc/hosts

step "serial: with QEMU's pty"
terminal=$(guest_monitor info chardev | sed -n 's/^stock: filename=pty:\([^ ]*\).*/\1/p' | tr -d '\r')
guest_sees card start_card --vsc "connect:serial:$terminal"
slot=$(reader_of '[[]CCID')
check_identity "$work/alice"
kill_client
start_card --vsc "connect:serial:$terminal"
guest_sees card true
check_signatures id
guest_sees no-card stop_client

step "serial: with a port of virtio-serial"
quietly in_guest 'modprobe -a virtio_console vsock_loopback'
pcscd_in_guest connect:serial:/dev/virtio-ports/vscard listen:vsock://any:2001 \
  'connect:exec:exec echo-card stdio:'
guest_sees card start_card --vsc "connect:unix:$work/port"
slot=$(reader_of serial)
check_identity "$work/alice"
guest_sees no-card kill_client
guest_sees card start_card --vsc "connect:unix:$work/port"
check_signatures id
guest_sees no-card stop_client

step "exec: in pcscd"
guest_says ' Yes .*exec' opensc-tool --list-readers

step "vsock:"
in_guest 'LD_LIBRARY_PATH=/share/lib echo-card connect:vsock://local:2001 >/share/echo.log 2>&1 &'
quietly in_guest 'until opensc-tool --list-readers | grep " Yes .*vsock"; do :; done'

step "fd: with systemd-socket-activate"
setpriv --pdeathsig KILL systemd-socket-activate -l "$work/activated" --fdname=vsc \
  "$CCID_PASSTHRU" --control none --vsc listen:fd:vsc --usbredir "listen:unix:$work/nobody" \
  >"$work/activated.log" 2>&1 </dev/null &
wait_for_line Listening "$work/activated.log"
start_card --vsc "connect:unix:$work/activated"
wait_for_line 'card inserted' "$work/activated.log"
stop_client
wait_for_line 'card removed' "$work/activated.log"
