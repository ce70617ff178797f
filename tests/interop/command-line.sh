#!/usr/bin/env bash
# The command line of libcacard's own vscclient, with the words of -e in either order.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "$0")/interop.bash"

make_card alice Alice
stock_reader reader uhci tcp
start_guest "${uhci[@]}"

host_port=$(tcp_address reader)
database="db=\"sql:$work/alice/nssdb\""
for emulation in "use_hw=no $database" "$database use_hw=no"; do
  step "-e '$emulation'"
  guest_sees card start_client -e "$emulation" -c id -c sign -c enc "${host_port%:*}" "${host_port##*:}"
  check_card "$work/alice"
  guest_sees no-card stop_client
done
