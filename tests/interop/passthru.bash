# shellcheck shell=bash
# Sourced by the interop tests of ccid-passthru, the program that CCID_PASSTHRU names: a guest with
# our readers in place of QEMU's.
# shellcheck source=tests/interop/interop.bash
source "$(dirname "${BASH_SOURCE[0]}")/interop.bash"

# shellcheck disable=SC2034,SC2054  # used by the tests; the commas are QEMU's
xhci=(-device qemu-xhci,id=xhci,p2=15)

# redirection NAME BUS [KEYS]: adds a place for our reader of this name to QEMU's arguments.
redirection() {
  readers+=(-chardev "socket,id=$1,path=$work/$1.usbredir,server=on,wait=off"
    -device "usb-redir,id=$1-reader,chardev=$1,bus=$2.0${3:+,$3}")
}

# The links of the reader NAME as words in $links; the KEYS follow the address of its card's owner.
reader_links() {
  # shellcheck disable=SC2034  # used by the tests
  links=(--vsc "listen:unix:$work/$1.vsc${2:+,$2}" --usbredir "connect:unix:$work/$1.usbredir")
}

# start_readers NAME OPTION...: a process that is ctl_readers' NAME. It dies with the test.
start_readers() {
  setpriv --pdeathsig KILL "$CCID_PASSTHRU" --pid-file "$work/$1.pid" \
    --control "unix:$work/$1.control" "${@:2}" >>"$work/$1.log" 2>&1 </dev/null &
  wait_for_line . "$work/$1.pid"
}

ctl_readers() { "$CCID_PASSTHRU" ctl --control "unix:$work/$1.control" "${@:2}"; }

# --- two cards of one client -------------------------------------------------------------------

# Alice's card has a companion.
make_bob() {
  declare -gA slots=() pins=([alice]=$pin [bob]=87654321)
  echo "${pins[bob]}" >"$work/bob.pin"
  make_card bob Bob --pin-file "$work/bob.pin"
}

# start_both READER: a client brings both cards on one connection.
start_both() {
  start_client --vsc "connect:unix:$work/$1.vsc" --control "unix:$work/control" \
    --card "soft:db=$work/alice/nssdb,cert=id,name=Alice" --card "soft:db=$work/bob/nssdb,cert=id,name=Bob"
}

# In which slots they are; others have no card.
find_cards() {
  local slot name
  slots=()
  for slot in 0 1 2 3; do
    pkcs15 --read-certificate "${key_id[id]}" --output "$slot.pem" >/dev/null 2>&1 || continue
    for name in alice bob; do
      cmp -s <(openssl x509 -in "$share/$slot.pem") <(openssl x509 -in "$work/$name/id.pem") && slots[$name]=$slot
    done
  done
  ((${#slots[@]} == 2)) || fail "not both cards are there"
}

# One program signs with Alice's card, and another one with Bob's at the same time.
both_sign() {
  local name job=''
  for name in alice bob; do
    job+="pkcs11-tool --slot-index ${slots[$name]} --login --pin ${pins[$name]} --sign --id ${key_id[id]} \
      --mechanism SHA256-RSA-PKCS --input-file data --output-file $name.signature & $name=\$!; "
  done
  quietly in_guest "$job wait \$alice && wait \$bob"
  for name in alice bob; do
    quietly openssl dgst -sha256 -verify <(openssl x509 -in "$work/$name/id.pem" -noout -pubkey) \
      -signature "$share/$name.signature" "$share/data"
    rm "$share/$name.signature"
  done
}

# So many seconds at most, as emulated programs take their time.
readonly own_programs_patience=180
# A guest that gets this has all programs of this machine, for with_own_programs.
# shellcheck disable=SC2034,SC2054  # used by the tests; the commas are QEMU's
own_programs=(-virtfs local,path=/usr,mount_tag=own-programs,security_model=none,readonly=on)

# with_own_programs SCRIPT FILE...: runs it in the guest, beside the files, with this machine's /usr in place of
# the guest's.
with_own_programs() {
  cp "$@" "$share"
  # shellcheck disable=SC2016  # expanded by the guest's shell
  guest_exec "$own_programs_patience" unshare -m sh -ec '
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,ro own-programs /usr
    exec bash "$1"' sh "${1##*/}"
}
