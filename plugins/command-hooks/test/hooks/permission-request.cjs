#!/usr/bin/env node
// PermissionRequest, matcher Bash: answers in the place of a person.
const { tool_input: { command } } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const decision = /^npm test/.test(command) ? { behavior: 'allow' } : { behavior: 'deny', message: 'Only npm test runs without a person' };
console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } }));
