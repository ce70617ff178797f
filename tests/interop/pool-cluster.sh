#!/usr/bin/env bash
# A pool over three nats-servers, each on a machine of its own. One after the other is killed, and
# between two of them the network drops everything, and tells nobody: more readers than cards sign
# random hashes, leases end, and no signature is lost or made twice, and no card has two readers. In
# the environment: CARDS, READERS, SECONDS_LONG, KILL_EVERY and CUT_FOR, for a longer run:
#
#     CARDS=200 READERS=220 SECONDS_LONG=300 KILL_EVERY=10 CUT_FOR=20 ctest -R interop:pool-cluster
#
# The environment names what is tested: VSCCLIENT, PCSC_BRIDGE and CERTS_TEST.
# shellcheck source=tests/interop/network.bash
source "$(dirname "$0")/network.bash"
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
here=$(realpath "$(dirname "$0")")
cd "$work"
PATH=$PATH:/usr/sbin # nats-server

cards=${CARDS:-6}
readers=${READERS:-9}
seconds=${SECONDS_LONG:-10}
kill_every=${KILL_EVERY:-3}
cut_for=${CUT_FOR:-5}
readonly cards_each=4    # of a process
readonly readers_each=10 # likewise; libpcsclite takes 16
readonly lease=4         # seconds

declare -A pid
start() { # NAME PLACE COMMAND...: it dies with the test; its log is NAME.log
  setpriv --pdeathsig KILL ip netns exec "${@:2}" >>"$1.log" 2>&1 </dev/null &
  pid[$1]=$!
}
end() { # NAME SIGNAL
  kill "-$2" "${pid[$1]}"
  wait "${pid[$1]}" 2>/dev/null || true
}
pause() { read -rt "$1" <> <(:) || true; }
start_server() { # 0, 1 or 2: also the number of its place
  start "server$1" "server$1" nats-server --addr "10.0.$1.2" --cluster_name c \
    --cluster "nats://10.0.$1.2:6222" \
    --routes nats://10.0.0.2:6222,nats://10.0.1.2:6222,nats://10.0.2.2:6222
}
servers() { # FIRST: all, that one first
  echo "nats://10.0.$1.2:4222+10.0.$((($1 + 1) % 3)).2:4222+10.0.$((($1 + 2) % 3)).2:4222"
}
start_cards() { # FIRST
  local i arguments=()
  for ((i = $1; i < $1 + cards_each && i < cards; ++i)); do
    cp -r cards/test/piv "card$i"
    arguments+=(--vsc "listen:$(servers $((i % 3)))/pool.c,lease=$lease"
      --card "piv:dir=card$i,name=card$i,record=card$i.jsonl")
  done
  start "cards$1" cards "$VSCCLIENT" --insecure "${arguments[@]}" --control "unix:cards$1.control"
}
start_readers() { # FIRST
  local i arguments=()
  for ((i = $1; i < $1 + readers_each && i < readers; ++i)); do
    arguments+=(--reader "connect:$(servers $((i % 3)))/pool.c,wait=600,insecure=yes,name=reader$i")
  done
  start "readers$1" readers "$PCSC_BRIDGE" serve --control none --socket "$work/pcsc$1" "${arguments[@]}"
  eventually test -S "pcsc$1"
  PCSCLITE_CSOCK_NAME=$work/pcsc$1 start "users$1" readers python3 "$here/pool_readers.py" \
    "$seconds" "answers$1" "$1"
}
cut_networks() { # between two servers after the other, first both ways, then one
  local one two
  for ((one = 1; SECONDS < until; one = two)); do
    two=$(((one + 1) % 3))
    pause 1
    cut $one $two
    ((one == 0)) || cut $two $one
    pause "$cut_for"
    mend $one $two
    ((one == 0)) || mend $two $one
  done
}

step "three servers, $cards cards and $readers readers"
"$CERTS_TEST" cards.made --subject test --type piv --key p256 --log-level warning >/dev/null
mkdir cards
mv cards.made/cards/* cards/test
for i in 0 1 2; do place server$i $i; done
place cards 3
place readers 4
for i in 0 1 2; do start_server $i; done
for ((first = 0; first < cards; first += cards_each)); do start_cards $first; done
for ((first = 0; first < readers; first += readers_each)); do start_readers $first; done

step "for $seconds s, a server is killed every $kill_every s, and a network cut for $cut_for s"
until=$((SECONDS + seconds))
cut_networks &
cuts=$!
for ((victim = 0; SECONDS < until; victim = (victim + 1) % 3)); do
  pause "$kill_every"
  end "server$victim" KILL
  pause 1
  start_server $victim
done
wait $cuts
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
