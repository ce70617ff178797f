#!/usr/bin/env bash
# `pcsc-bridge run --with-pcscd`, with this machine's pcscd and our handler in it: namespaces, and what root has
# without them. The environment names what is tested: PCSC_BRIDGE, VSCCLIENT,
# CERTS_TEST, GUEST_PROGRAMS, the folder of pcsc-events.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"
PATH=$GUEST_PROGRAMS:$PATH

mkdir "$work/tmp"
export TMPDIR=$work/tmp
make_card alice
make_card bob
cd "$work"

step "OpenSC, and the card comes and goes"
says 'Common Access Card' bridge --with-pcscd --card "$(card alice)" -- opensc-tool --name
says 'vscard alice 00 00' bridge --with-pcscd --card "$(card alice)" -- opensc-tool --list-readers
bridge --with-pcscd --card "$(card alice)" -- bash -e <<'END_OF_COMMANDS'
pcsc-events 60 card 20 >events &
watching=$!
until grep -qs watching events; do :; done
for i in {1..20}; do
  vscclient ctl remove
  pcsc-events 0 >now && grep -q '^no-card' now
  vscclient ctl insert
  pcsc-events 0 >now && grep -q '^card' now
done
wait "$watching"
! "$PCSC_BRIDGE" ctl add-reader carol 2>/dev/null
END_OF_COMMANDS

step "wrong command lines"
exits 2 bridge --with-pcscd --card soft --readers 17 -- true
mkdir alone && cp "$PCSC_BRIDGE" alone
exits 1 alone/pcsc-bridge run --with-pcscd -- true
grep -q '^pcsc-bridge: error: there is no libifdvscard.so' output

step "kill -9 leaves nothing behind"
"$PCSC_BRIDGE" run --with-pcscd --card "$(card alice)" -- sh -c 'echo $$ >command.pid; exec tail -f /dev/null' &
wrapper=$!
eventually test -s command.pid
kill -KILL "$wrapper"
wait "$wrapper" 2>/dev/null || true
eventually nothing_left
eventually ended "$(<command.pid)"

if [[ $(id -u) == 0 ]]; then
  chmod -R a+rX "$work"
  chmod 1777 tmp
  step "another user reaches no socket of a world, whatever the umask and TMPDIR are"
  cat >connects <<'END_OF_PROGRAM'
#!/bin/sh
exec perl -MIO::Socket::UNIX -e 'exit !IO::Socket::UNIX->new(Peer => $ARGV[0])' "$1"
END_OF_PROGRAM
  # The owner does it first, so that a wrong path does not pass for a refusal.
  cat >is_private <<'END_OF_PROGRAM'
#!/bin/bash -e
nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
control=${VSCARD_CONTROL#unix:}
for socket in "$PCSCLITE_CSOCK_NAME" "$VSCARD_READERS/1.sock" "$control"; do
  ./connects "$socket"
  if "${nobody[@]}" ./connects "$socket" 2>/dev/null; then echo "nobody reaches $socket" && exit 1; fi
done
for folder in "$VSCARD_READERS" "${PCSCLITE_CSOCK_NAME%/*}" "${control%/*}"; do
  ls "$folder/" >/dev/null
  if "${nobody[@]}" ls "$folder/" 2>/dev/null; then echo "nobody lists $folder" && exit 1; fi
done
if "${nobody[@]}" opensc-tool --reader 0 --name 2>/dev/null; then echo "nobody has the card" && exit 1; fi
opensc-tool --reader 0 --name
END_OF_PROGRAM
  chmod a+rx connects is_private
  # shellcheck disable=SC2094  # a shell of its own, with its umask
  for mode in 0700 1777 0777; do
    mkdir -p "tmp/$mode" && chmod "$mode" "tmp/$mode"
    (umask 000 && export TMPDIR=$work/tmp/$mode &&
      says 'Common Access Card' bridge --with-pcscd --card "$(card alice)" --readers 2 -- ./is_private)
  done

  as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups env "HOME=$work/tmp")
  if "${as_nobody[@]}" test -x "$PCSC_BRIDGE"; then
    step "a user who is not root has a world, too"
    says 'vscard piv' "${as_nobody[@]}" timeout "$patience" \
      "$PCSC_BRIDGE" run --with-pcscd --card "piv:dir=$work/tmp/piv" -- opensc-tool --list-readers
  fi

  # in_container COMMAND...: as root of a container, where no namespaces can be made.
  in_container() {
    local pid
    rm -f ready mapped && mkfifo ready mapped
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount --user --keep-caps sh -ec '
      echo >ready
      read -r _ <mapped
      mount -t tmpfs -o mode=755 none /run
      echo 0 >/proc/sys/user/max_user_namespaces
      exec setpriv --bounding-set -sys_admin --ambient-caps -all --inh-caps -all "$@"
    ' sh timeout "$patience" "$@" &
    pid=$!
    read -r _ <ready
    echo '0 0 65536' >"/proc/$pid/uid_map"
    echo '0 0 65536' >"/proc/$pid/gid_map"
    echo >mapped
    wait "$pid"
  }
  step "where namespaces are refused: root has the machine's own place, and gives it back"
  # shellcheck disable=SC2016  # expanded by the command
  says '^/run/pcscd/pcscd.comm Common Access Card' in_container \
    "$PCSC_BRIDGE" run --with-pcscd --card "$(card alice)" -- sh -c 'echo $PCSCLITE_CSOCK_NAME $(opensc-tool --name)'
  # shellcheck disable=SC2016  # expanded by the inner shell
  says '^drwxr-x--x kept$' in_container sh -ec '
    mkdir -m 0751 /run/pcscd && echo kept >/run/pcscd/file
    "$PCSC_BRIDGE" run --with-pcscd -- true
    "$PCSC_BRIDGE" run --with-pcscd -- sh -c "kill -KILL \$PPID" || true
    flock /run/pcsc-bridge.lock true
    echo "$(stat -c %A /run/pcscd) $(cat /run/pcscd/file)"'
  # shellcheck disable=SC2016  # expanded by the inner shell
  in_container sh -ec '"$PCSC_BRIDGE" run --with-pcscd -- true; ! test -e /run/pcscd && ! test -L /run/pcscd'

  step "where namespaces are refused: another user does not reach root's world either"
  (umask 000 &&
    says 'Common Access Card' in_container "$PCSC_BRIDGE" run --with-pcscd --card "$(card alice)" --readers 2 -- ./is_private)

  step "where namespaces are refused: one world at a time, others wait or are told"
  cat >two_worlds <<'END_OF_PROGRAM'
#!/bin/bash -e
mkfifo /run/go
"$PCSC_BRIDGE" run --with-pcscd --card "$1" -- sh -c 'echo >/run/began; read -r _ </run/go; opensc-tool -l' >first &
until [[ -e /run/began ]]; do read -rt 0.01 <> <(:) || true; done
status=0
"$PCSC_BRIDGE" run --with-pcscd --card "$2" -- opensc-tool -l >refused 2>&1 || status=$?
((status == 1))
[[ $(wc -l <refused) == 1 ]]
grep -q 'another pcsc-bridge run uses /run/pcscd.*--wait SECONDS' refused
"$PCSC_BRIDGE" run --with-pcscd --wait 1 --card "$2" -- true 2>refused || status=$((status + $?))
((status == 2))
grep -q 'still after 1 s' refused
status=0
timeout --preserve-status 1 "$PCSC_BRIDGE" run --with-pcscd --wait 60 --card "$2" -- true 2>refused || status=$?
((status == 143)) # a signal ends the wait
"$PCSC_BRIDGE" run --with-pcscd --wait 60 --card "$2" -- opensc-tool -l >second &
echo >/run/go
wait -n
wait -n
END_OF_PROGRAM
  chmod a+rx two_worlds
  in_container ./two_worlds "$(card alice)" "$(card bob)" || fail "$(<refused)"
  grep -q 'vscard alice' first
  grep -q 'vscard bob' second
  if grep -q bob first || grep -q alice second; then fail "one sees the card of the other"; fi
  for _ in {1..5}; do # both begin at once
    # shellcheck disable=SC2016  # expanded by the inner shell
    in_container sh -ec '
      "$PCSC_BRIDGE" run --with-pcscd --wait 60 --card "$1" -- opensc-tool -l >first &
      "$PCSC_BRIDGE" run --with-pcscd --wait 60 --card "$2" -- opensc-tool -l >second
      wait $!' sh "$(card alice)" "$(card bob)"
    if ! grep -q alice first || grep -q bob first; then fail "$(<first)"; fi
    if ! grep -q bob second || grep -q alice second; then fail "$(<second)"; fi
  done

  step "where namespaces are refused: other users are told"
  # without_namespaces UID COMMAND...: in a namespace of the test's, where no further ones are made.
  without_namespaces() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount --user --map-user "$1" --map-group "$1" --keep-caps sh -ec '
      mount -t tmpfs none /run
      echo 0 >/proc/sys/user/max_user_namespaces
      exec setpriv --bounding-set -sys_admin --ambient-caps -all --inh-caps -all "$@"
    ' sh timeout "$patience" "${@:2}"
  }
  exits 1 without_namespaces 1000 "$PCSC_BRIDGE" run --with-pcscd -- true
  grep -q 'allow them: sudo sysctl -w user.max_user_namespaces=10000' output
fi
eventually nothing_left
