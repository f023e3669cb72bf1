#!/bin/sh
# PreToolUse, as it was written before there was a permissionDecision.
cat >/dev/null
echo '{"decision":"approve","reason":"known to be harmless"}'
