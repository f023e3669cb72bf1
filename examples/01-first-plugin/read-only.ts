// The smallest plugin that does something: nothing but reading is allowed while a release is frozen.
// Try it: pith hooks test examples/01-first-plugin/read-only.ts
import { definePlugin, deny, type Opinion, type PreparedCall } from '@pith/kernel';

/** No opinion is `undefined`: what this rule does not forbid, others still may. */
export function judge(call: PreparedCall): Opinion | undefined {
  return call.effect === 'read' ? undefined : deny(`the release is frozen, so ${call.name} has to wait`);
}

export default definePlugin({
  name: 'read-only',
  setup({ hooks }) {
    hooks.permission.tap({
      name: 'read-only',
      examples: [
        { call: { name: 'read', input: { path: 'README.md' } }, expect: 'none' },
        { call: { name: 'write', input: { path: 'README.md', content: '' } }, expect: { verdict: 'deny', reason: /frozen, so write/ } },
        { call: { name: 'bash', input: { command: 'ls' } }, expect: 'deny' },
      ],
    }, judge);
  },
});
