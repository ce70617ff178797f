#!/usr/bin/env bash
# A pool over three nats-servers, of which one after the other is killed: more readers than cards sign
# random hashes, leases end, and no signature is lost or made twice, and no card has two readers. In
# the environment: CARDS, READERS, SECONDS_LONG and KILL_EVERY, for a longer run:
#
#     CARDS=200 READERS=220 SECONDS_LONG=300 KILL_EVERY=10 ctest -R interop:pool-cluster
#
# The environment names what is tested: VSCCLIENT, PCSC_BRIDGE and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
here=$(realpath "$(dirname "$0")")
cd "$work"
PATH=$PATH:/usr/sbin # nats-server

cards=${CARDS:-6}
readers=${READERS:-9}
seconds=${SECONDS_LONG:-10}
kill_every=${KILL_EVERY:-3}
readonly cards_each=4    # of a process
readonly readers_each=10 # likewise; libpcsclite takes 16
readonly lease=4         # seconds

declare -A pid
start() { # NAME COMMAND...: it dies with the test; its log is NAME.log
  setpriv --pdeathsig KILL "${@:2}" >>"$1.log" 2>&1 </dev/null &
  pid[$1]=$!
}
end() { # NAME SIGNAL
  kill "-$2" "${pid[$1]}"
  wait "${pid[$1]}" 2>/dev/null || true
}
pause() { read -rt "$1" <> <(:) || true; }
free_ports() { # COUNT
  local port
  for port in $(shuf -i 20000-32000 -n $((4 * $1))); do
    # shellcheck disable=SC2188  # just opened
    { true <>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || echo "$port"
  done | head -n "$1"
}

mapfile -t port < <(free_ports 6) # of three servers: for clients, for the cluster
start_server() { # 0, 1 or 2
  local routes=nats://127.0.0.1:${port[3]},nats://127.0.0.1:${port[4]},nats://127.0.0.1:${port[5]}
  start "server$1" nats-server --addr 127.0.0.1 --port "${port[$1]}" --cluster_name c \
    --cluster "nats://127.0.0.1:${port[$1 + 3]}" --routes "$routes"
}
servers() { # FIRST: all, that one first
  echo "nats://127.0.0.1:${port[$1]}+127.0.0.1:${port[($1 + 1) % 3]}+127.0.0.1:${port[($1 + 2) % 3]}"
}
start_cards() { # FIRST
  local i arguments=()
  for ((i = $1; i < $1 + cards_each && i < cards; ++i)); do
    cp -r cards/test/piv "card$i"
    arguments+=(--vsc "listen:$(servers $((i % 3)))/pool.c,lease=$lease"
      --card "piv:dir=card$i,name=card$i,record=card$i.jsonl")
  done
  start "cards$1" "$VSCCLIENT" "${arguments[@]}" --control "unix:cards$1.control"
}
start_readers() { # FIRST
  local i arguments=()
  for ((i = $1; i < $1 + readers_each && i < readers; ++i)); do
    arguments+=(--reader "connect:$(servers $((i % 3)))/pool.c,wait=600,name=reader$i")
  done
  start "readers$1" "$PCSC_BRIDGE" serve --control none --socket "$work/pcsc$1" "${arguments[@]}"
  eventually test -S "pcsc$1"
  PCSCLITE_CSOCK_NAME=$work/pcsc$1 start "users$1" python3 "$here/pool_readers.py" "$seconds" \
    "answers$1" "$1"
}

step "three servers, $cards cards and $readers readers"
"$CERTS_TEST" cards.made --subject test --type piv --key p256 --log-level warning >/dev/null
mkdir cards
mv cards.made/cards/* cards/test
for i in 0 1 2; do start_server $i; done
for ((first = 0; first < cards; first += cards_each)); do start_cards $first; done
for ((first = 0; first < readers; first += readers_each)); do start_readers $first; done

step "a server is killed every $kill_every s, for $seconds s"
until=$((SECONDS + seconds))
for ((victim = 0; SECONDS < until; victim = (victim + 1) % 3)); do
  pause "$kill_every"
  end "server$victim" KILL
  pause 1
  start_server $victim
done
for name in "${!pid[@]}"; do
  case $name in users*) wait "${pid[$name]}" || fail "$name: $(<"$name.log")" ;; esac
done

step "what was answered was made, once, and by a card that had one reader"
for name in "${!pid[@]}"; do
  case $name in readers*) end "$name" TERM ;; esac
done
python3 "$here/pool_check.py" cards/test/id.pem answers* -- card*.jsonl

step "all leases have ended"
is_free() { # CONTROL
  "$VSCCLIENT" ctl --control "unix:$1" metrics >numbers && ! grep -q '^vscard_lent{.*1$' numbers
}
for control in cards*.control; do eventually is_free "$control"; done
