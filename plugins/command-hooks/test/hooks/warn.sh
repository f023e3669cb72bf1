#!/bin/sh
# PreToolUse: a word to the person, nothing to the model.
cat >/dev/null
echo '{"systemMessage":"This command was seen by the audit"}'
