#!/usr/bin/env node
// PreToolUse, matcher Bash: npm becomes pnpm; the whole input is given back.
const { tool_input } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow', updatedInput: { ...tool_input, command: tool_input.command.replace(/^echo npm/, 'echo pnpm') } } }));
