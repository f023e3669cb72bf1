#!/bin/bash
# PreToolUse, matcher Edit|Write: files that nobody but a person changes.
FILE_PATH=$(node -p 'JSON.parse(require("fs").readFileSync(0)).tool_input.file_path')
for pattern in ".env" "package-lock.json" ".git/"; do
  if [[ "$FILE_PATH" == *"$pattern"* ]]; then
    echo "Blocked: $FILE_PATH matches protected pattern '$pattern'" >&2
    exit 2
  fi
done
