# shellcheck shell=bash
# Completion for bash. The program itself knows what may stand there: PROGRAM --complete WORD...
_vscard() {
  local words word tail breaks=${COMP_WORDBREAKS//[!:=]/} candidate
  read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
  [[ ${COMP_LINE:COMP_POINT-1:1} != [[:blank:]] ]] || words+=('')
  word=${words[-1]}
  # bash replaces only what follows the last of these characters.
  tail=${word##*["${breaks:-/}"]}
  [[ $breaks ]] || tail=$word
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ $candidate != *[/=:] ]] || compopt -o nospace
    candidate=${candidate:${#word}-${#tail}}
    [[ $candidate != *[[:blank:]\'\"\\\$\`\&\;\(\)\<\>\|\*\?]* ]] || printf -v candidate %q "$candidate"
    COMPREPLY+=("$candidate")
  done < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
}
complete -o bashdefault -o default -o nosort -F _vscard vscclient ccid-passthru pcsc-bridge certs-test
