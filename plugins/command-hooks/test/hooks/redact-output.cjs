#!/usr/bin/env node
// PostToolUse, matcher Bash: the result without keys.
const { tool_response } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const clean = { ...tool_response, stdout: tool_response.stdout.replace(/sk-[a-z0-9]+/g, '[redacted]') };
console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PostToolUse', updatedToolOutput: clean } }));
