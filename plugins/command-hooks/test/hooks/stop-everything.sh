#!/bin/sh
# PostToolUse: enough for today.
cat >/dev/null
echo '{"continue":false,"stopReason":"The budget of this sprint is spent"}'
