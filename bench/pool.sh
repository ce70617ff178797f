#!/usr/bin/env bash
# Usage: bench/pool.sh [--json]
# A pool of 10,000 cards over NATS with as many clients, and libnats' own request and reply beside it.
# ./run bench calls it. NATS_POOL and NATS_REQUEST name the programs.
set -euo pipefail

PATH=$PATH:/usr/sbin # nats-server
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

setpriv --pdeathsig KILL nats-server --addr 127.0.0.1 --port -1 >"$work/nats.log" 2>&1 &
server=$!
hub=''
until [[ $hub ]]; do
  read -rt 0.05 <> <(:) || true
  hub=$(sed -n 's/.* client connections on //p' "$work/nats.log")
done
{
  "$NATS_POOL" "$hub" "$server"
  read -r _ _ alone at_once < <("$NATS_REQUEST" "nats://$hub" "$server")
  printf '%-46s %9s us\n' "libnats: one request alone, likewise" "$alone"
  printf '%-46s %9s us\n' "libnats: one of 100 requests at once, likewise" "$at_once"
} | if [[ ${1:-} == --json ]]; then
  sed -E 's/^(.*[^ ]) +([0-9.]+) ?(.*)$/{"what": "\1", "value": \2, "unit": "\3"}/'
else
  cat
fi
