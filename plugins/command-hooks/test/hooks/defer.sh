#!/bin/sh
# PreToolUse: somebody else decides later.
cat >/dev/null
echo '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"defer","permissionDecisionReason":"the release manager decides"}}'
