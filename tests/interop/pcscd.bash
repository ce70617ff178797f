# shellcheck shell=bash
# Sourced by the interop tests of pcscd's handler, which IFD_HANDLER names: a pcscd of the test's own,
# on this machine, takes the place of the guest.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "${BASH_SOURCE[0]}")/interop.bash"

mkdir -p "$share" "$work"/{run,conf}
head -c 1000 /dev/urandom >"$share/data"
export PCSCLITE_CSOCK_NAME=$work/run/pcscd.comm
pcscd_log=$work/pcscd.log

# As a guest would do it: a single word is shell text, several are a program and its arguments.
guest_exec() {
  local seconds=$1 command=$2
  shift
  (($# == 1)) || command=${*@Q}
  (cd "$share" && PATH=$GUEST_PROGRAMS:$PATH exec timeout "$seconds" bash -c "$command")
}

# pcsc_reader NAME [DEVICENAME]: pcscd has a reader of this name, which listens at $work/NAME.vsc.
pcsc_reader() {
  printf 'FRIENDLYNAME "%s"\nDEVICENAME %s\nLIBPATH %s\n\n' \
    "$1" "${2-listen:unix:$work/$1.vsc}" "$IFD_HANDLER" >>"$work/conf/reader.conf"
}

# Its folder is /run/pcscd for itself alone, it may do no more than as a service of Debian 13, and it
# does not ask polkit. It dies with the test.
start_pcscd() {
  local namespaces=(--mount) options=(--foreground --info --config "$work/conf")
  [[ $(pcscd --help) != *--disable-polkit* ]] || options+=(--disable-polkit)
  ((UID == 0)) || namespaces+=(--user --map-root-user)
  # shellcheck disable=SC2016  # expanded by the inner shell
  setpriv --pdeathsig KILL unshare "${namespaces[@]}" sh -c \
    'mkdir -p /run/pcscd && mount --bind "$1" /run/pcscd && shift && exec "$@"' \
    sh "$work/run" "$CONFINED" pcscd "${options[@]}" >>"$pcscd_log" 2>&1 </dev/null &
  pcscd_pid=$!
  # It listens when its readers are there. OpenSC's tools succeed without it, and its log may have an
  # earlier start.
  until socat -u /dev/null "UNIX-CONNECT:$PCSCLITE_CSOCK_NAME" 2>/dev/null; do kill -0 "$pcscd_pid"; done
}

# Asked to stop as by Ctrl-C, it closes its readers and ends with status 0. Now and then pcscd 1.9.9
# goes on waiting for a client though it has logged the signal; it ends when one comes.
stop_pcscd() {
  local deadline=$((SECONDS + patience))
  kill -INT "$pcscd_pid"
  until timeout 1 tail --pid "$pcscd_pid" --sleep-interval 0.1 -f /dev/null; do
    ((SECONDS < deadline)) || fail "pcscd did not end"
    guest_exec 5 opensc-tool --list-readers >/dev/null 2>&1 || true
  done
}
