#!/usr/bin/env bash
# Completion in a real bash, and in zsh and fish where they are installed: each offers the options
# of --help, and what exists on this machine.
set -Eeuo pipefail
files=$(cd "$(dirname "$0")/../../completion" && pwd)
work=$(mktemp -d)
trap 'kill "$reader" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'echo "FAILED: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
for program in "$VSCCLIENT" "$CCID_PASSTHRU" "$PCSC_BRIDGE" "$CERTS_TEST"; do
  PATH=$(dirname "$program"):$PATH
done

fail() {
  echo "FAILED: $*" >&2
  return 1
}

# in_SHELL LINE: what the shell would put behind the line, a candidate in each line.
# shellcheck disable=SC2016  # expanded by the inner shells
in_bash() {
  bash --norc -c 'compopt() { :; }; source "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _vscard
    printf "%s\n" "${COMPREPLY[@]}"' bash "$files/vscard.bash" "$1"
}
# shellcheck disable=SC2016
in_zsh() {
  zsh -f -c 'fpath=($1); autoload -U _vscard; words=(${(z)2}); [[ $2 != *" " ]] || words+=("")
    CURRENT=$#words; _files() { }; compadd() { while [[ $1 != -- ]] { shift }; shift; print -l -- $@ }
    _vscard' zsh "$files" "$1"
}
in_fish() {
  sed "s/@program@/${1%% *}/g" "$files/program.fish.in" >"$work/completion.fish"
  fish --no-config -c "source $work/completion.fish; complete -C '$1'"
}

# offers SHELL LINE WORD...: all these words.
offers() {
  local candidates word
  candidates=$("in_$1" "$2")
  for word in "${@:3}"; do
    grep -qxF -e "$word" <<<"$candidates" || fail "$1: '$2' does not offer '$word': $candidates"
  done
}

options_of() { "$@" --help | grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -o -e '--.*' | sort -u; }

certs-test "$work/made" --log-level error >/dev/null
database=$(dirname "$(find "$work/made" -name cert9.db | head -n 1)")
ccid-passthru --control "unix:$work/control" --reader alice --vsc "listen:unix:$work/vsc" \
  --usbredir "listen:unix:$work/usbredir" --pid-file "$work/pid" 2>"$work/log" &
reader=$!
until [[ -s $work/pid ]]; do kill -0 "$reader"; done

check() {
  local shell=$1 program
  for program in vscclient ccid-passthru certs-test 'pcsc-bridge run' 'pcsc-bridge serve' \
    'pcsc-bridge env' 'pcsc-bridge conf'; do
    # shellcheck disable=SC2046,SC2086  # a word each
    offers "$shell" "$program --" $(options_of $program)
  done
  offers "$shell" 'vscclient ' ctl status list-readers pipe
  offers "$shell" 'pcsc-bridge ' run serve env conf ctl
  offers "$shell" 'vscclient --log-level ' trace debug
  offers "$shell" 'vscclient ctl re' remove
  offers "$shell" 'vscclient --card ' soft: nss: piv: pcsc: vpcd: replay: libcacard:
  offers "$shell" "vscclient --card soft:p12=$work/pi" "$([[ $shell == bash ]] && echo "$work/pid" || echo "soft:p12=$work/pid")"
  offers "$shell" "ccid-passthru ctl --control unix:$work/control remove " alice
  offers "$shell" "certs-test $work/mad --pin-file $work/pi" "$work/pid"
}

echo "-- bash"
check bash
# It replaces what follows the last : or =.
offers bash "vscclient --card soft:db=$database,cert=" id sign enc
offers bash "vscclient --card replay:$work/pi" "$work/pid"
offers bash "vscclient --card piv:rec" record= record-secrets=
offers bash "vscclient --vsc connect:unix:$work/v" "$work/vsc"
for shell in zsh fish; do
  if ! type -P "$shell" >/dev/null; then
    echo "-- $shell is not installed"
    continue
  fi
  echo "-- $shell"
  check "$shell"
  offers "$shell" "vscclient --card soft:db=$database,cert=" "soft:db=$database,cert=id"
  offers "$shell" "vscclient --vsc connect:unix:$work/v" "connect:unix:$work/vsc"
done
