#!/usr/bin/env bash
# Says its arguments to pith, a turn each, in one conversation. It asks you before anything is done, and stops a turn from which
# nothing was heard for SILENCE seconds (60). A word mode:MODE changes the mode for what comes behind it:
#   ./talk.sh 'Write a greeting' mode:acceptEdits 'And a farewell'
set -uo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/to" "$folder/from"
pith run --input stream-json --output stream-json --ask-parent <"$folder/to" >"$folder/from" &
pith=$!
exec 3>"$folder/to" 4<"$folder/from"

# A field of the line at hand. Node is there wherever pith is.
field() { node -p 'process.argv[1].split(".").reduce((at, key) => at?.[key], JSON.parse(require("fs").readFileSync(0, "utf8"))) ?? ""' "$1" <<<"$line"; }

# Reads until the turn has ended. The type comes first in every line.
listen() {
  while true; do
    IFS= read -r -t "${SILENCE:-60}" line <&4
    case $? in
      0) ;;
      1) return 1 ;; # pith has ended.
      *) echo '{"type":"interrupt"}' >&3; continue ;;
    esac
    case $line in
      '{"type":"question",'*)
        { field question.title; field question.body; field question.diff; } >&2
        read -r -p 'y or n: ' reply || reply=n
        if [[ $reply == y ]]; then verdict=allow; else verdict=deny; fi
        printf '{"type":"answer","id":"%s","verdict":"%s"}\n' "$(field id)" "$verdict" >&3 ;;
      '{"type":"input-error",'*) field message >&2 ;;
      '{"type":"turn-end",'*) field result; field reason >&2; return 0 ;;
    esac
  done
}

for text in "$@"; do
  if [[ $text == mode:* ]]; then
    printf '{"type":"set-mode","mode":"%s"}\n' "${text#mode:}" >&3
  else
    node -p 'JSON.stringify({ type: "user", text: process.argv[1] })' "$text" >&3
    listen || break
  fi
done
exec 3>&-
cat <&4 >/dev/null
wait "$pith"
