#!/usr/bin/env bash
# Says its arguments to pith, a turn each, in one conversation, and asks you before anything is done:
#   ./talk.sh 'Write a greeting' 'And a farewell'
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
  while IFS= read -r line <&4; do
    case $line in
      '{"type":"question",'*)
        { field question.title; field question.body; field question.diff; } >&2
        read -r -p 'y or n: ' reply || reply=n
        if [[ $reply == y ]]; then verdict=allow; else verdict=deny; fi
        printf '{"type":"answer","id":"%s","verdict":"%s"}\n' "$(field id)" "$verdict" >&3 ;;
      '{"type":"input-error",'*) field message >&2 ;;
      '{"type":"turn-end",'*) field result; return 0 ;;
    esac
  done
  return 1
}

for text in "$@"; do
  node -p 'JSON.stringify({ type: "user", text: process.argv[1] })' "$text" >&3
  listen || break
done
exec 3>&-
cat <&4 >/dev/null
wait "$pith"
