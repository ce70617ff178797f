# shellcheck shell=bash
# What the tests look for in all that is written: $pin, which must be nowhere.

# The PIN in none of the forms that it has in an APDU, a log or a recording: its digits, as they are and in
# hexadecimal; two of them in a byte. What it is padded with does not matter. In hexadecimal, two in a byte are the
# digits again.
has_no_pin() {
  local bcd hex spaced form
  # shellcheck disable=SC2001,SC2154  # bash 5.2 alone has & in ${//}; the test has the PIN
  bcd=$(sed 's/../\\x&/g' <<<"$pin")
  hex=$(printf '%s' "$pin" | od -An -tx1 | tr -d ' \n')
  # shellcheck disable=SC2001
  spaced=$(sed 's/../&[ :]?/g' <<<"$hex")
  for form in "$pin" "$bcd" "$spaced"; do
    if LC_ALL=C grep -qaiP "$form" "$@"; then fail "the PIN is in one of $*" || return; fi
  done
}
