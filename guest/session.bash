# shellcheck shell=bash
# Sourced: a guest that a script boots once and gives many commands.
#
#   guest_start DIR [QEMU-ARGUMENT...]   boots it; DIR is made, and must not have held a guest before
#   guest_exec SECONDS COMMAND...        its output and exit status; 137 when the time was up
#   guest_reboot                         what a user's "reboot" does: QEMU goes on
#   guest_monitor COMMAND...             what QEMU's monitor answers
#   guest_stop                           ends it; call it from a trap on EXIT
#
# DIR/share is the guest's /share: commands run there, programs in DIR/share/bin are in its PATH. A
# single COMMAND word is shell text, several are a program and its arguments. QEMU dies with the
# shell that called guest_start, however that ends: so never call guest_start in a subshell.
# GUEST_ACCEL=kvm: hardware virtualization in place of the software emulation that works everywhere.

guest_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
guest_image=$(dirname "$guest_folder")/build/guest
readonly guest_first_boot_seconds=60 guest_boot_seconds=120 # 5 s are usual, but a machine may be busy
readonly guest_monitor_seconds=30 # the same
GUEST_PID='' guest_dir=''

guest_start() {
  guest_dir=$1
  shift
  command -v qemu-system-x86_64 >/dev/null ||
    guest_fail "no qemu-system-x86_64 on this machine: apt-get install qemu-system-x86" || return
  "$guest_folder/build" "$guest_image" || return
  mkdir -p "$guest_dir/share/.guest" "$guest_dir/share/bin" &&
    mkfifo "$guest_dir"/{agent,qmp}.{in,out} || return
  exec {guest_agent_in}<>"$guest_dir/agent.in" {guest_agent_out}<>"$guest_dir/agent.out" \
    {guest_qmp_in}<>"$guest_dir/qmp.in" {guest_qmp_out}<>"$guest_dir/qmp.out"

  guest_boot "$@"
  guest_ready "$guest_first_boot_seconds" 2>/dev/null && return
  # Now and then an emulated kernel hangs before its first word.
  guest_kill
  guest_boot "$@"
  guest_ready "$guest_boot_seconds"
}

guest_ready() {
  guest_read "$guest_qmp_out" "$guest_monitor_seconds" >/dev/null &&
    guest_qmp '{"execute": "qmp_capabilities"}' >/dev/null &&
    guest_read "$guest_agent_out" "$1" >/dev/null
}

guest_boot() {
  # shellcheck disable=SC2054  # the commas are QEMU's
  local accel=(-accel tcg,thread=multi -cpu max) files=${guest_dir//,/,,}
  [[ ${GUEST_ACCEL:-tcg} != kvm ]] || accel=(-accel kvm -cpu host)
  local kernel='console=ttyS0 quiet panic=-1 net.ifnames=0'
  kernel+=' mitigations=off random.trust_cpu=on tsc=reliable' # a second sooner, and a steady clock
  kernel+=' no_timer_check' # emulated on a busy machine, the timer seems not to tick
  # shellcheck disable=SC2054
  local qemu=(
    qemu-system-x86_64 -machine q35 "${accel[@]}" -m 384 -nodefaults -display none -no-reboot -bios qboot.rom
    -kernel "$guest_image/vmlinux" -initrd "$guest_image/initramfs" -append "$kernel"
    -serial "file:$files/console.log"
    -chardev "pipe,id=agent,path=$files/agent" -serial chardev:agent
    -chardev "pipe,id=qmp,path=$files/qmp" -qmp chardev:qmp
    -virtfs "local,path=$files/share,mount_tag=share,security_model=none"
  )
  setpriv --pdeathsig KILL "${qemu[@]}" "$@" >"$guest_dir/qemu.log" 2>&1 </dev/null &
  GUEST_PID=$!
}

guest_exec() {
  local seconds=$1 job=$EPOCHREALTIME answer
  shift
  local files=$guest_dir/share/.guest/$job command=$1
  (($# == 1)) || command=${*@Q}
  printf '%s\n' "$command" >"$files"
  # On a busy machine the guest's serial line loses 16 bytes now and then, its FIFO. What is left of
  # the request names no file, so nothing was done, and the answer has another number.
  for _ in 1 2 3; do
    printf '%s %s\n' "$job" "$seconds" >&"$guest_agent_in"
    answer=$(guest_read "$guest_agent_out" $((seconds + guest_monitor_seconds))) || return 255
    [[ $answer != "$job "* ]] || break
  done
  [[ $answer == "$job "* ]] || guest_fail "answered '$answer' to command $job" || return 255
  cat "$files.out"
  cat "$files.err" >&2
  rm "$files" "$files.out" "$files.err"
  return "${answer#* }"
}

# A reboot ends QEMU otherwise, so that a kernel that panics does not start again and again.
guest_reboot() {
  guest_qmp '{"execute": "set-action", "arguments": {"reboot": "reset"}}' >/dev/null || return
  echo 'reboot -f' >"$guest_dir/share/.guest/reboot"
  echo "reboot $guest_boot_seconds" >&"$guest_agent_in"
  guest_read "$guest_agent_out" "$guest_boot_seconds" >/dev/null &&
    guest_qmp '{"execute": "set-action", "arguments": {"reboot": "shutdown"}}' >/dev/null
}

guest_monitor() {
  local answer command=${*//\\/\\\\}
  answer=$(guest_qmp "{\"execute\": \"human-monitor-command\",
    \"arguments\": {\"command-line\": \"${command//\"/\\\"}\"}}") || return
  answer=${answer#*'{"return": "'}
  printf '%b' "${answer%'"}'*}"
}

# QEMU's answer to a QMP command; the events before it are passed over.
guest_qmp() {
  printf '%s\n' "$1" >&"$guest_qmp_in"
  local answer
  while answer=$(guest_read "$guest_qmp_out" "$guest_monitor_seconds"); do
    case $answer in
      '{"return"'*) echo "$answer" && return ;;
      '{"error"'*) guest_fail "the monitor refused $1: $answer" && return ;;
    esac
  done
  return 1
}

# One line of what QEMU writes to a pipe, waited for as long as QEMU lives.
guest_read() {
  local pipe=$1 deadline=$((SECONDS + $2)) line='' part
  while ! read -r -t 1 -u "$pipe" part; do
    line+=$part
    kill -0 "$GUEST_PID" 2>/dev/null || guest_fail "QEMU ended" || return
    ((SECONDS < deadline)) || guest_fail "no answer within $2 s" || return
  done
  line+=$part
  echo "${line%$'\r'}"
}

# Says what failed with the last words of QEMU and of the guest's kernel.
guest_fail() {
  echo "guest: $*" >&2
  [[ ! $guest_dir ]] || tail -n 20 "$guest_dir"/{qemu,console}.log >&2 2>/dev/null
  return 1
}

guest_kill() {
  kill -KILL "$GUEST_PID" 2>/dev/null || true
  wait "$GUEST_PID" 2>/dev/null || true
}

guest_stop() {
  [[ $GUEST_PID ]] || return 0
  guest_kill
  GUEST_PID=''
  exec {guest_agent_in}>&- {guest_agent_out}>&- {guest_qmp_in}>&- {guest_qmp_out}>&-
}
