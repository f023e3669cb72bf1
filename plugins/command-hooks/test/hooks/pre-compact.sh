#!/bin/bash
# PreCompact, matcher auto: keeps the transcript.
transcript=$(node -p 'JSON.parse(require("fs").readFileSync(0)).transcript_path')
cp "$transcript" "$CLAUDE_PROJECT_DIR/before-compaction.jsonl"
