#!/usr/bin/env bash
# The recipes of docs/pool.md as they stand, on a network of their own: three servers, a leaf node, a
# card that is lent, and a CI job that leases it; then the job's machine is killed and starts again.
# The environment names what is tested: VSCCLIENT, PCSC_BRIDGE and CERTS_TEST.
[[ ${IN_NETWORK:-} ]] || IN_NETWORK=yes exec unshare --map-root-user --net "$0"
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
here=$(realpath "$(dirname "$0")")
pool_md=$here/../../docs/pool.md
PATH=$PATH:/usr/sbin:$(dirname "$PCSC_BRIDGE")
cd "$work"
ip link set lo up

# recipe NAME: the block of the page whose first line is "# NAME".
recipe() {
  awk -v head="# $1" '/^```/ { inside = 0; next } index($0, head) == 1 { inside = 1 } inside' "$pool_md" >"$1"
  [[ -s $1 ]] || fail "docs/pool.md has no $1"
}
for name in hub.conf leaf.conf nats-hub@.service pool.conf job.sh; do recipe "$name"; done

declare -A pid
start() { # NAME COMMAND...: it dies with the test; its log is NAME.log
  setpriv --pdeathsig KILL "${@:2}" >>"$1.log" 2>&1 </dev/null &
  pid[$1]=$!
}
logged() { eventually grep -q -e "$2" "$1.log"; }

step "the unit"
if command -v systemd-analyze >/dev/null; then
  cp nats-hub@.service nats-hub@1.service
  systemd-analyze verify ./nats-hub@1.service 2>&1 | grep nats-hub && fail "see above"
fi

step "the manifest"
"$here/kubernetes.py" check "$here/../../docs/kubevirt.yaml" "$here/../data/kubernetes-schema.yaml"

step "three servers and a leaf node, as the unit starts them"
for i in 1 2 3; do
  mapfile -t environment < <(sed -n 's/^Environment=//p' nats-hub@.service | sed "s/%i/$i/g" | tr ' ' '\n')
  start "hub$i" env "${environment[@]}" nats-server --config hub.conf
done
start leaf nats-server --config leaf.conf
logged leaf 'Leafnode connection created'
logged hub1 'Route connection created'

step "the card"
"$CERTS_TEST" cards --subject test --type piv --key p256 --log-level warning >/dev/null
sed -i "s:/home/me/piv:$work/cards/cards/test/piv:" pool.conf
start card "$VSCCLIENT" --config pool.conf --control unix:card.control
logged card 'listening on nats://'

step "the job"
export RUNNER_TEMP=$work
timeout $((2 * patience)) bash -e job.sh >job.log 2>&1 || fail "$(<job.log)"
grep -q 'PIV' job.log || fail "$(<job.log)"
eventually says free "$VSCCLIENT" ctl --control unix:card.control pool list

step "the machine moves: the process that has the card is killed, and starts elsewhere"
reader() { # NAME
  start "$1" "$PCSC_BRIDGE" serve --control none --socket "$work/$1" \
    --reader connect:nats://127.0.0.1:4230/pool.ci,label=type=piv,name=vm
  logged "$1" 'card inserted'
}
reader before
kill -KILL "${pid[before]}"
began=$(date +%s%N)
reader after
took=$((($(date +%s%N) - began) / 1000000))
echo "   the card is there again after $took ms"
((took < 2000)) || fail "that is too late: $(<after.log)"
