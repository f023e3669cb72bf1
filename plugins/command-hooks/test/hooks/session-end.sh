#!/bin/bash
# SessionEnd: leaves a note.
reason=$(node -p 'JSON.parse(require("fs").readFileSync(0)).reason')
echo "ended: $reason" > "$CLAUDE_PROJECT_DIR/ended.txt"
