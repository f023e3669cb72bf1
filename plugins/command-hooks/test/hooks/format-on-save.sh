#!/bin/bash
# PostToolUse, matcher Edit|Write: formats what was written.
file=$(node -p 'JSON.parse(require("fs").readFileSync(0)).tool_input.file_path')
[[ "$file" == *.txt ]] && sed -i 's/[[:space:]]*$//' "$file"
exit 0
