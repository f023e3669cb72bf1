#!/usr/bin/env node
// PreToolUse, matcher Read: documentation needs no question.
const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
if (input.tool_name === 'Read' && /\.(md|mdx|txt|json)$/.test(input.tool_input.file_path ?? '')) {
  console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow', permissionDecisionReason: 'Documentation file auto-approved' }, suppressOutput: true }));
}
