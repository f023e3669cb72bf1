#!/bin/bash
# SessionStart: variables for the commands that follow.
if [ -n "$CLAUDE_ENV_FILE" ]; then
  echo 'export NODE_ENV=production' >> "$CLAUDE_ENV_FILE"
  echo 'export PATH="$PATH:./node_modules/.bin"' >> "$CLAUDE_ENV_FILE"
  echo "export GREETING='it''s \"quoted\"'" >> "$CLAUDE_ENV_FILE"
fi
exit 0
