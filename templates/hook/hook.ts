import { definePlugin, deny, type Opinion, type PreparedCall } from '@pith/kernel';

/** The rule itself, as a plain function. No opinion is `undefined`; whatever is strictest wins. */
function judge({ targets }: PreparedCall): Opinion | undefined {
  const pushes = targets.some(({ command = '' }) => /\bgit\s+push\b.*[\s:](main|master)(\s|$)/.test(command));
  return pushes ? deny('main is protected: push a branch and open a pull request') : undefined;
}

export default definePlugin({
  name: '__name__',
  setup({ hooks }) {
    hooks.permission.tap({
      name: '__name__',
      // pith hooks test runs these. A hook file whose examples fail is not taken into use.
      examples: [
        { call: { name: 'bash', input: { command: 'git push origin main' } }, expect: { verdict: 'deny', reason: /pull request/ } },
        { call: { name: 'bash', input: { command: 'git push origin main-menu' } }, expect: 'none' },
      ],
    }, judge);
  },
});
