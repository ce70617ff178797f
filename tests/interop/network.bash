# shellcheck shell=bash
# Sourced first by tests that need a network of their own: the test starts again as root of one.
# Places are machines, each with one line to the router, which is the test itself. The place of
# number 3 has the address 10.0.3.2.
[[ ${IN_NETWORK:-} ]] || IN_NETWORK=yes exec unshare --map-root-user --net --mount "$0"

mount -t tmpfs none /run # of `ip netns`
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward

place() { # NAME NUMBER
  ip netns add "$1"
  ip link add dev "to-$1" type veth peer name eth0 netns "$1"
  ip addr add "10.0.$2.1/24" dev "to-$1"
  ip link set "to-$1" up
  ip -n "$1" link set lo up
  ip -n "$1" addr add "10.0.$2.2/24" dev eth0
  ip -n "$1" link set eth0 up
  ip -n "$1" route add default via "10.0.$2.1"
}

# The router drops what goes from one number to another, and tells nobody.
cut() { ip rule add from "10.0.$1.2" to "10.0.$2.2" blackhole pref 9; }
mend() { ip rule del from "10.0.$1.2" to "10.0.$2.2" blackhole pref 9; }

# From now on the places have only what they begin themselves, all under the router's address, and
# that only with the servers at NUMBER.
behind_nat() { # NUMBER
  nft -f - <<END_OF_RULES
table ip nat {
  chain behind { type nat hook postrouting priority 100; ip daddr 10.0.$1.2 masquerade; }
  chain between {
    type filter hook forward priority 0; policy drop;
    ct state established accept
    ip daddr 10.0.$1.2 accept
  }
}
END_OF_RULES
}
