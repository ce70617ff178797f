#!/usr/bin/env bash
# Debian 13's GnuPG 2.4 and yubico-piv-tool 2.7, with its libpcsclite, use our PIV card in `pcsc-bridge run`. An older
# machine gets their packages from Debian, unpacks them into build/debian-13 and runs them with their own libraries;
# without a network it skips the test. The environment names what is tested: PCSC_BRIDGE, VSCCLIENT and CERTS_TEST.
# shellcheck source=tests/interop/bridge.bash
source "$(dirname "$0")/bridge.bash"

folder=$(realpath -m "$(dirname "$0")/../../build/debian-13")
readonly packages=(gpg gpg-agent gpgconf scdaemon yubico-piv-tool)
readonly skipped=77

# fetch FOLDER: the packages and what they depend on, by a list of packages and a state of apt's own.
fetch() {
  mkdir -p "$1"/{lists,archives}/partial
  touch "$1/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" \
    >"$1/sources.list"
  local apt=(timeout 60 apt-get -qq -o "Dir::Etc::SourceList=$1/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$1/lists" -o "Dir::State::status=$1/status" -o "Dir::Cache=$1"
    -o "Dir::Cache::Archives=$1/archives" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
  "${apt[@]}" update &&
    "${apt[@]}" --yes --no-install-recommends --download-only install "${packages[@]}"
}

# unpack FOLDER: whole or not at all, if several tests run.
unpack() {
  local fetched=$work/fetched package
  fetch "$fetched" || return
  mkdir -p "$work/root/usr/lib"
  ln -s usr/lib "$work/root/lib"
  for package in "$fetched"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/root" --keep-directory-symlink --exclude='./usr/share/*'
  done
  mkdir -p "${1%/*}"
  mv -T "$work/root" "$1" 2>/dev/null || [[ -d $1 ]]
}

# program PATH: what is there below the folder, under its name in PATH.
program() {
  cat >"$work/bin/${1##*/}" <<END
#!/bin/sh
exec "$folder/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
  --library-path "$folder/usr/lib/x86_64-linux-gnu" "$folder/$1" "\$@"
END
  chmod +x "$work/bin/${1##*/}"
}

mkdir -m 700 "$work/bin" "$work/gnupg"
cd "$work"
if [[ $(gpg --version 2>/dev/null) != 'gpg (GnuPG) 2.'[4-9]* ]]; then
  step "the packages"
  [[ -d $folder ]] || unpack "$folder" || { echo "no network: skipped" && exit "$skipped"; }
  for path in usr/bin/{gpg,gpg-agent,gpg-connect-agent,yubico-piv-tool} usr/lib/gnupg/scdaemon; do program "$path"; done
  echo "agent-program $work/bin/gpg-agent" >gnupg/gpg.conf
  echo "scdaemon-program $work/bin/scdaemon" >gnupg/gpg-agent.conf
fi
echo disable-ccid >gnupg/scdaemon.conf
export GNUPGHOME=$work/gnupg PATH=$work/bin:$PATH

cat >fill.bash <<'END'
set -Eeuo pipefail
trap 'echo "FAILED: $LINENO: $BASH_COMMAND" >&2' ERR
piv() { yubico-piv-tool --reader vscard "$@"; }
# fill SLOT ALGORITHM: a key that the card makes, and a certificate that it signs.
fill() {
  piv -a generate -s "$1" -A "$2" -o "$1.pub"
  piv -a verify-pin -P 123456 -a selfsign-certificate -s "$1" -S "/CN=Key $1/" -i "$1.pub" -o "$1.pem"
  piv -a import-certificate -s "$1" -i "$1.pem"
}
yubico-piv-tool --version
fill 9a ECCP256
fill 9c RSA2048
fill 9d ECCP384
openssl verify -check_ss_sig -CAfile 9c.pem 9c.pem
piv -a verify-pin -P 123456 -a request-certificate -s 9a -S "/CN=Key 9a/" -i 9a.pub | openssl req -verify -noout
for slot in 9a 9c; do piv -a verify-pin -P 123456 -a test-signature -s "$slot" -i "$slot.pem"; done
piv -a verify-pin -P 123456 -a test-decipher -s 9d -i 9d.pem
piv -a attest -s 9a | openssl x509 -noout -pubkey | cmp - 9a.pub
piv -a change-pin -P 123456 -N 654321
! piv -a verify-pin -P 123456
piv -a status >status
END

step "yubico-piv-tool fills a new card and uses it"
bridge --card piv:dir=card -- bash fill.bash >said 2>&1 || fail "$(<said)"
grep -q '^PIN tries left:.*2' status || fail "$(<status)"
grep -c '^Slot' status | grep -qx 3 || fail "$(<status)"

step "gpg --card-status knows it for a PIV card, by its own identity"
bridge --card piv:dir=card -- bash -ec 'gpg --card-status; gpg-connect-agent killagent /bye' >said 2>&1 || fail "$(<said)"
guid=$(sed -n 's/^CHUID:.*3410\([0-9a-f]\{32\}\)3508.*/\1/p' status)
grep -qi "^Application ID \.*: ${guid:?}" said || fail "$(<said)"
grep -q '^Application type .: PIV$' said || fail "$(<said)"
