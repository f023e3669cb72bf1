#!/bin/bash
# PostToolUse, matcher Write|Edit: exit code 2 tells the model what to mend.
file=$(node -p 'JSON.parse(require("fs").readFileSync(0)).tool_response.filePath')
if grep -n 'TODO' "$file" >&2; then exit 2; fi
