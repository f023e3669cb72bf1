import { homedir } from 'node:os';
import { definePlugin } from '@pith/kernel';
import { decide, toJudged } from './decide.ts';
import { optionsSchema } from './options.ts';
import { Memory } from './remember.ts';

/** Modes and rules: what may run, what asks, what is refused. */
export default definePlugin({
  name: 'permissions',
  // A wrong rule keeps the plugin from loading, and then no turn may run.
  required: true,
  capabilities: ['permission:allow'],
  options: optionsSchema,
  setup({ hooks, options: policy, env }) {
    const home = env['HOME'] ?? homedir();
    const searchPath = env['PATH'] ?? '';
    const memory = new Memory();

    hooks.permission.tap('permissions', (call, { sessionId }) => {
      const judged = toJudged(call, home);
      const opinion = decide(judged, { policy, home, searchPath, remembered: (question) => memory.covering(sessionId, question) });
      if (opinion === undefined || opinion.verdict === 'ask') memory.open(sessionId, judged);
      return opinion;
    });
    hooks.output.tap('answers', (event) => memory.observe(event));
  },
});
