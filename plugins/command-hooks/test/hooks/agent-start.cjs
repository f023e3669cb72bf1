#!/usr/bin/env node
// SubagentStart, matcher helper: what a sub-agent should know.
const { agent_type, agent_id } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify({ hookSpecificOutput: { hookEventName: 'SubagentStart', additionalContext: `You are ${agent_type}, ${typeof agent_id}.` } }));
