#!/bin/bash
# PostToolUse, matcher Bash: keeps a log of what was run.
node -e '
const { tool_input, session_id, hook_event_name, duration_ms } = JSON.parse(require("fs").readFileSync(0));
require("fs").appendFileSync(process.env.CLAUDE_PROJECT_DIR + "/commands.log", `${hook_event_name} ${session_id} ${tool_input.command} ${typeof duration_ms}\n`);'
