#!/usr/bin/env bash
# PreToolUse, matcher Bash: exit code 2 blocks, and its stderr is the reason.
input=$(cat)
if printf '%s' "$input" | grep -Eq '"command":"[^"]*rm -rf'; then
  echo "Blocked: rm -rf is not allowed here" >&2
  exit 2
fi
exit 0
