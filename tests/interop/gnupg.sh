#!/usr/bin/env bash
# GnuPG's scdaemon in `pcsc-bridge run`, as docs/ci.md shows it: with the line that makes it use PC/SC.
# The environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

cd "$work"
export GNUPGHOME=$work/gnupg
"$CERTS_TEST" made --subject Alice --log-level warning >/dev/null
mkdir -m 700 gnupg
echo disable-ccid >gnupg/scdaemon.conf

# scdaemon has no application for a card of the CAC kind, so it is told to take none: it then sends what
# it is given, here the SELECT of the CAC's card manager, and "a", a return: 61 0D, 13 bytes are there.
bridge --card "soft:db=$work/made/cards/alice/nssdb,name=alice" -- bash -e >said <<'END_OF_COMMANDS'
gpg-connect-agent 'scd serialno undefined' 'scd learn' 'scd apdu 00A4040007A0000000790100' /bye 2>&1 || true
gpgconf --kill all
END_OF_COMMANDS

step "it uses our reader"
grep '^S READER vscard alice 00 00$' said || fail "scdaemon: $(<said)"
step "the card answers"
grep '^D a%0D$' said || fail "scdaemon: $(<said)"
