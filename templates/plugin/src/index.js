import { definePlugin, deny } from '@pith/kernel';
import { whyRefused } from './policy.js';

export default definePlugin({
  name: '__noun__',
  setup({ hooks }) {
    hooks.permission.tap({
      name: 'forced-push',
      // npm test runs these. A plugin whose examples fail is not installed.
      examples: [
        { call: { name: 'bash', input: { command: 'git push --force' } }, expect: { verdict: 'deny', reason: /--force-with-lease/ } },
        { call: { name: 'bash', input: { command: 'git push --force-with-lease' } }, expect: 'none' },
        { call: { name: 'read', input: { path: 'README.md' } }, expect: 'none' },
      ],
    }, ({ targets }) => {
      const reason = targets.map(({ command = '' }) => whyRefused(command)).find((found) => found !== undefined);
      return reason === undefined ? undefined : deny(reason);
    });
  },
});
