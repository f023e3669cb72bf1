#!/usr/bin/env bash
# Reviews what comes through the pipe, and ends with 0 only when there is nothing to object to:
#   git diff main | ./review.sh
set -uo pipefail

answer=$(pith run --output json --mode plan --max-steps 20 \
  'Review this change. Begin with the one word OK or CHANGES, then say why, briefly.')
code=$?

# One object on standard output, on success and on failure alike. Node is there wherever pith is.
field() { node -p 'process.argv[1].split(".").reduce((at, key) => at?.[key], JSON.parse(require("fs").readFileSync(0, "utf8"))) ?? ""' "$1" <<<"$answer"; }

case $code in
  0) ;;
  3) echo "The review wanted to do what it may not: $(field refusals.0.reason)" >&2; exit 3 ;;
  4) echo "The review reached a limit." >&2; exit 4 ;;
  5) echo "The model cannot be reached: $(field error.message)" >&2; exit 5 ;;
  *) echo "pith ended with $code: $(field error.message)" >&2; exit "$code" ;;
esac

result=$(field result)
echo "$result"
[[ $result == OK* ]]
