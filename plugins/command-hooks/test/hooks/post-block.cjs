#!/usr/bin/env node
// PostToolUse: block with a reason goes back to the model.
console.log(JSON.stringify({ decision: 'block', reason: 'The file lacks a licence header', hookSpecificOutput: { hookEventName: 'PostToolUse', additionalContext: 'See LICENSE.' } }));
