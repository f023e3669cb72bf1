#!/usr/bin/env node
// PostToolUseFailure: a hint about what went wrong.
const { error, is_interrupt } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PostToolUseFailure', additionalContext: `Known trouble (${is_interrupt}): ${error.slice(0, 80)}` } }));
