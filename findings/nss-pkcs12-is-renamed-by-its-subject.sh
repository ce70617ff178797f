#!/usr/bin/env bash
# One would guess: pk12util gives a certificate the name that its PKCS#12 file has for it. An NSS database
#   can hold two certificates of one subject under two names: certutil -A makes them.
# Real: if the database has a certificate of that subject, the new one gets the old one's name, whatever
#   the file says, and pk12util says IMPORT SUCCESSFUL. The file's name is unknown to the database, and an
#   export of the old name gives both. Both in 3.87 and in 3.110.
# Where it matters: a person's certificates to sign in, to sign and to encrypt have one subject as a rule,
#   and libcacard, certutil and pk12util pick them by name. What helps is certutil -A under the wanted
#   names before pk12util brings the keys, or certutil --rename after each import.
# Needs: mmdebstrap, and root (or unprivileged user namespaces) for the root folders.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for name in signing reading; do
  openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.pem -days 2 -subj /CN=Alice 2>/dev/null
  openssl pkcs12 -export -inkey $name.key -in $name.pem -name $name -passout pass:x -out $name.p12
done

database() { chroot root "/usr/bin/$1" -d sql:/"$2" "${@:3}"; }
names() { database certutil "$1" -L | grep -oE '^(signing|reading)' | sort | xargs; }
bring_keys() { # DATABASE
  for name in signing reading; do database pk12util "$1" -i /$name.p12 -W x; done | sort -u | cut -d' ' -f4
}

look() { # RELEASE PACKAGES
  mmdebstrap --quiet --variant=extract --include="$2,base-files" "$1" root http://deb.debian.org/debian
  cp ./*.pem ./*.p12 root/
  mkdir root/keys root/both
  for new in keys both; do database certutil $new -N --empty-password; done
  printf '%s: pk12util twice: %s, ' "${2%%,*}" "$(bring_keys keys)"
  printf '%s; ' "$(names keys)"
  for name in signing reading; do database certutil both -A -n $name -t ,, -i /$name.pem; done
  printf 'certutil -A before: %s, %s\n' "$(bring_keys both)" "$(names both)"
  rm -rf root
}

{
  look bookworm libnss3-tools=2:3.87.1-1+deb12u2,libnss3=2:3.87.1-1+deb12u2
  look trixie libnss3-tools=2:3.110-1+deb13u5,libnss3=2:3.110-1+deb13u5
} | tee seen
expected='pk12util twice: SUCCESSFUL, signing signing; certutil -A before: SUCCESSFUL, reading signing'
[[ $(grep -cF ": $expected" seen) == 2 ]]
# Output seen:
#   libnss3-tools=2:3.87.1-1+deb12u2: pk12util twice: SUCCESSFUL, signing signing; certutil -A before: SUCCESSFUL, reading signing
#   libnss3-tools=2:3.110-1+deb13u5: pk12util twice: SUCCESSFUL, signing signing; certutil -A before: SUCCESSFUL, reading signing
