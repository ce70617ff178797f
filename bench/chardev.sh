#!/usr/bin/env bash
# Usage: bench/chardev.sh [--json]
# What a small command takes over each transport, next to plain TCP or a UNIX socket: our client and our host,
# with a card that answers at once. Beside them, what takes as long in any program: a ping-pong of OpenSSL's next to
# TCP's, a terminal's next to a UNIX socket's, and libnats' own request and reply. ./run bench calls it.
# CHARDEV_BENCH, CHARDEV_FLOOR and NATS_REQUEST name the programs.
set -euo pipefail

PATH=$PATH:/usr/sbin # nats-server
readonly rounds=5 # what is compared takes turns
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

setpriv --pdeathsig KILL nats-server --addr 127.0.0.1 --port -1 >"$work/nats.log" 2>&1 &
hub=''
until [[ $hub ]]; do
  read -rt 0.05 <> <(:) || true
  hub=$(sed -n 's/.* client connections on //p' "$work/nats.log")
done
setpriv --pdeathsig KILL qemu-system-x86_64 -S -nodefaults -display none -vnc "unix:$work/vnc" &
until [[ -S $work/vnc ]]; do read -rt 0.05 <> <(:) || true; done
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
  -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
# shellcheck disable=SC2016  # expanded by the command
printf '#!/bin/sh\nexec "$CHARDEV_BENCH" card\n' >"$work/card"
chmod +x "$work/card"

port=$((5900 + RANDOM % 100)) # of VNC, or of a vsock
server=cert=$work/cert.pem,key=$work/key.pem client=ca=$work/cert.pem
declare -A program=([ours]=$CHARDEV_BENCH [floor]=$CHARDEV_FLOOR [libnats]=$NATS_REQUEST)
# Its name, what it is compared with, the program, and its arguments.
ways=(
  "tcp tcp ours tcp://127.0.0.1:0 tcp://127.0.0.1:PORT"
  "tls tcp ours tls://127.0.0.1:0,$server tls://127.0.0.1:PORT,$client"
  "ws tcp ours ws://127.0.0.1:0 ws://127.0.0.1:PORT"
  "wss tcp ours wss://127.0.0.1:0,$server wss://127.0.0.1:PORT,$client"
  "nats tcp ours nats://$hub/bench nats://$hub/bench"
  "libnats tcp libnats nats://$hub"
  "vnc tcp ours vnc://127.0.0.1:$port,server=unix:$work/vnc vnc://127.0.0.1:$port"
  "unix unix ours unix:$work/socket unix:$work/socket"
  "pty unix ours pty:$work/line serial:$work/line"
  "stdio unix ours exec:$work/card"
  "floor:tcp floor:tcp floor tcp"
  "floor:tls floor:tcp floor tls $work/cert.pem $work/key.pem"
  "floor:unix floor:unix floor unix"
  "floor:pty floor:unix floor pty"
)
has_vsock=''
if [[ -e /sys/module/vsock_loopback ]]; then
  has_vsock=yes
  ways+=("vsock unix ours vsock://any:$port vsock://local:$port")
fi
for ((round = 1; round <= rounds; ++round)); do
  echo "-- round $round of $rounds" >&2
  for way in "${ways[@]}"; do
    read -r name _ which arguments <<<"$way"
    # shellcheck disable=SC2086  # none, one or two words
    "${program[$which]}" $arguments >>"$work/$name.figures"
  done
done

# The round with the smallest median: the one that other work on the machine disturbed least.
quietest() { sort -n "$work/$1.figures" | sed -n 1p; }

[[ ${1:-} == --json ]] || printf '%-20s %9s %9s %9s\n' '' median p99 x
for way in "${ways[@]}"; do
  read -r name base _ <<<"$way"
  read -r median p99 _ < <(quietest "$name")
  read -r floor _ < <(quietest "$base")
  ratio=$(awk "BEGIN { printf \"%.2f\", $median / $floor }")
  if [[ ${1:-} == --json ]]; then
    printf '{"transport": "%s", "median_us": %s, "p99_us": %s, "times": %s, "of": "%s"}\n' \
      "$name" "$median" "$p99" "$ratio" "$base"
  else
    printf '%-20s %9s %9s %9s %s\n' "$name" "$median" "$p99" "$ratio" "$base"
  fi
done
[[ $has_vsock || ${1:-} == --json ]] || echo "vsock: not measured, as this machine has no vsock_loopback"
