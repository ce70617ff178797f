#!/usr/bin/env bash
# Usage: bench/chardev.sh [--json]
# What a small command takes over each transport, next to plain TCP: our client and our host, with a
# card that answers at once; and libnats' own request and reply, next to which NATS stands. ./run bench calls
# it. CHARDEV_BENCH and NATS_REQUEST name the programs.
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
server=cert=$work/cert.pem,key=$work/key.pem client=,ca=$work/cert.pem

# The transport, where the host listens, and what the client's address has besides.
ways=(
  "tcp tcp://127.0.0.1:0"
  "unix unix:@vscard-bench-$$"
  "tls tls://127.0.0.1:0,$server $client"
  "ws ws://127.0.0.1:0/"
  "wss wss://127.0.0.1:0/,$server $client"
  "nats nats://$hub/bench"
  "vnc vnc://127.0.0.1:$((5900 + RANDOM % 100)),server=unix:$work/vnc"
)
for ((round = 1; round <= rounds; ++round)); do
  echo "-- round $round of $rounds" >&2
  for way in "${ways[@]}"; do
    read -r name addresses <<<"$way"
    # shellcheck disable=SC2086  # one or two words
    "$CHARDEV_BENCH" $addresses >>"$work/$name"
  done
  "$NATS_REQUEST" "nats://$hub" >>"$work/libnats"
done

# The round with the smallest median: the one that other work on the machine disturbed least.
quietest() { sort -n "$work/$1" | sed -n 1p; }

read -r floor _ < <(quietest tcp)
[[ ${1:-} == --json ]] || printf '%-20s %9s %9s %9s\n' '' median p99 'x TCP'
for way in "${ways[@]}" libnats; do
  name=${way%% *}
  read -r median p99 _ < <(quietest "$name")
  ratio=$(awk "BEGIN { printf \"%.2f\", $median / $floor }")
  if [[ ${1:-} == --json ]]; then
    printf '{"transport": "%s", "median_us": %s, "p99_us": %s, "times_tcp": %s}\n' "$name" "$median" "$p99" "$ratio"
  else
    printf '%-20s %9s %9s %9s\n' "$name" "$median" "$p99" "$ratio"
  fi
done
