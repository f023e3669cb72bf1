import { ask, definePlugin, deny, type Opinion, type PreparedCall } from '@pith/kernel';
import { commandsIn } from './shell-words.ts';

/** Branches that change by pull request only. */
const PROTECTED = /^(main|master|release\/.+)$/;

/** Where a line of the shell would push to; `undefined` stands for a push that does not say. */
export function pushedBranches(line: string): (string | undefined)[] {
  return commandsIn(line).flatMap((words) => {
    const push = words.indexOf('push', words.indexOf('git') + 1);
    if (!words.includes('git') || push === -1) return [];
    const [, ...refs] = words.slice(push + 1).filter((word) => !word.startsWith('-'));
    if (refs.length === 0) return [undefined];
    // +source:refs/heads/target
    return refs.map((ref) => ref.replace(/^\+/, '').split(':').at(-1)!.replace(/^refs\/heads\//, ''));
  });
}

export function judge({ targets }: PreparedCall): Opinion | undefined {
  const branches = targets.flatMap(({ command = '' }) => pushedBranches(command));
  const hit = branches.find((branch) => branch !== undefined && PROTECTED.test(branch));
  if (hit !== undefined) return deny(`${hit} is protected: push a branch of your own and open a pull request`);
  return branches.includes(undefined) ? ask('this push does not say which branch it changes') : undefined;
}

const bash = (command: string) => ({ name: 'bash', input: { command } });

export default definePlugin({
  name: 'protected-branches',
  setup({ hooks }) {
    hooks.permission.tap({
      name: 'push',
      examples: [
        { call: bash('git push origin main'), expect: { verdict: 'deny', reason: /^main is protected/ } },
        { call: bash('npm test && git -C app push --force origin "HEAD:refs/heads/release/2.1"'), expect: { verdict: 'deny', reason: /^release\/2\.1/ } },
        { call: bash('git push origin --delete master'), expect: 'deny' },
        { call: bash('git push'), expect: 'ask' },
        { call: bash('git push origin main-menu'), expect: 'none' },
        { call: bash('git log main'), expect: 'none' },
        { call: { name: 'read', input: { path: 'push.md' } }, expect: 'none' },
      ],
    }, judge);
  },
});
