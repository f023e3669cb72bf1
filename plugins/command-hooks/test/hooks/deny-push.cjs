#!/usr/bin/env node
// PreToolUse, matcher Bash: a decision in JSON.
const { tool_input: { command } } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
if (/git push.*\b(main|master)\b/.test(command)) {
  console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: 'main is protected: open a pull request' } }));
}
