// Tells the model which ticket the work is for: from TICKET, or from the name of the branch (feature/PROJ-17-basket).
//
// It could be a section of the system prompt, but then a change of branch would change the front of the request, and
// everything behind it would leave the vendor's prompt cache. So it goes to the end, with the input, once for each
// change; from then on it is history, and the request only grows.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, type InputTap, type Message, toText } from '@pith/kernel';

const STAMP = /^Ticket: (\S+)$/;

export function ticketIn(name: string): string | undefined {
  return /\b[A-Z][A-Z0-9]+-\d+\b/.exec(name)?.[0];
}

/** The ticket that the model was told of last. */
export function lastStamp(messages: readonly Message[]): string | undefined {
  const blocks = messages.flatMap(({ role, content }) => (role === 'user' ? content : []));
  return blocks.map((block) => STAMP.exec(toText([block]))?.[1]).findLast((ticket) => ticket !== undefined);
}

async function branchOf(folder: string): Promise<string> {
  return readFile(join(folder, '.git', 'HEAD'), 'utf8').catch(() => ''); // Not a repository: then there is no branch.
}

export default definePlugin({
  name: 'ticket',
  setup({ hooks, env }) {
    const stamp: InputTap = async (input, turn) => {
      const ticket = ticketIn(env['TICKET'] ?? await branchOf(turn.cwd));
      if (ticket === undefined || ticket === lastStamp(turn.messages)) return undefined;
      return { ...input, attachments: [...input.attachments ?? [], { type: 'text', text: `Ticket: ${ticket}` }] };
    };
    hooks.input.tap({
      name: 'stamp',
      examples: [
        { call: 'go on', files: { '.git/HEAD': 'ref: refs/heads/feature/PROJ-17-basket\n' }, expect: { text: /^go on.*Ticket: PROJ-17$/s } },
        { call: 'go on', env: { TICKET: 'OPS-3' }, files: { '.git/HEAD': 'ref: refs/heads/PROJ-17\n' }, expect: { text: /Ticket: OPS-3$/ } },
        { call: 'go on', files: { '.git/HEAD': 'ref: refs/heads/main\n' }, expect: 'same' },
        { title: 'outside of a repository', call: 'go on', expect: 'same' },
      ],
    }, stamp);
  },
});
