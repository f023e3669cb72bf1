#!/usr/bin/env node
// UserPromptSubmit: a prompt with a password does not leave this machine.
const { prompt } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
if (/\b(password|secret|key|token)\s*[:=]/i.test(prompt)) {
  console.log(JSON.stringify({ decision: 'block', reason: 'Security policy violation: the prompt holds a potential secret' }));
}
