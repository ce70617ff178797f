# shellcheck shell=bash
# Sourced by the interop tests of vnc://: displays, viewers, and what they show.
# shellcheck source=tests/interop/passthru.bash
source "$(dirname "${BASH_SOURCE[0]}")/passthru.bash"

# free_display OTHER...: one on whose port nobody listens, as VNC counts them.
free_display() {
  local display
  for display in $(shuf -i 10-99 -n 20); do
    # shellcheck disable=SC2188  # just opened
    [[ " $* " == *" $display "* ]] || { true <>"/dev/tcp/127.0.0.1/$((5900 + display))"; } 2>/dev/null || break
  done
  echo "$display"
}

# start_display NAME: an X server whose screen is the file $work/NAME/Xvfb_screen0.
start_display() {
  local number out
  mkdir "$work/$1"
  exec {out}<> <(:)
  setpriv --pdeathsig KILL Xvfb -displayfd "$out" -nolisten tcp -screen 0 640x480x24 \
    -fbdir "$work/$1" >"$work/display.log" 2>&1 &
  read -r -t "$patience" -u "$out" number || fail "Xvfb does not start"
  export DISPLAY=:$number
}

# start_tiger NAME DISPLAY OPTION...: TigerVNC's viewer on a screen of its own.
start_tiger() {
  start_display "$1"
  HOME=$work setpriv --pdeathsig KILL xtigervncviewer -Shared -geometry 640x480+0+0 -RemoteResize=0 \
    "${@:3}" "127.0.0.1:$2" >"$work/$1.log" 2>&1 </dev/null &
  viewer_pids+=($!)
}

# What is on a screen: how many of its bytes are not black. The cursor blinks.
lit() { tr -d '\0' <"$work/$1/Xvfb_screen0" | wc -c; }
# Waits until both screens show the same, and not nothing. Their files begin with their names.
same_screens() {
  local deadline=$((SECONDS + patience))
  until (($(lit "$1") > 10000)) && cmp -s -i 256 "$work/$1/Xvfb_screen0" "$work/$2/Xvfb_screen0"; do
    ((SECONDS < deadline)) || fail "the screens differ"
  done
}
