#!/bin/sh
# PreToolUse: something the model should know beside the result.
cat >/dev/null
echo '{"hookSpecificOutput":{"hookEventName":"PreToolUse","additionalContext":"This repository uses pnpm workspaces."}}'
