#!/usr/bin/env node
// Stop: not before the tests have run; stop_hook_active keeps it from going round for ever.
const { stop_hook_active, last_assistant_message } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
if (!stop_hook_active && !/tests pass/.test(last_assistant_message)) {
  console.log(JSON.stringify({ decision: 'block', reason: 'Run the tests before you stop.' }));
}
