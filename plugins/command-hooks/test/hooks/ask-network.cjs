#!/usr/bin/env node
// PreToolUse, matcher Bash: what reaches out needs a person.
const { tool_input } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
if (/\b(curl|wget)\b/.test(tool_input.command)) {
  console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask', permissionDecisionReason: 'This reaches the network' } }));
}
