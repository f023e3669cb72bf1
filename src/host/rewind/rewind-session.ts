import type { Interfaces } from '@oclif/core';
import { EXIT, PithError, type RestoredFile, type TurnEvent, type TurnResult } from '@pith/kernel';
import { openKernel, readConfig, resolveFolder } from '../host.ts';
import { createTerminalAsker } from '../run/asker.ts';
import { findStored, toSessionOptions } from '../run/open-session.ts';
import { Out } from '../run/out.ts';
import { usesColor } from '../run/progress.ts';

export interface RewindRequest {
  oclif: Interfaces.Config;
  /** The one of this folder that was used last where there is none. */
  id: string | undefined;
  does: 'do' | 'list' | 'preview';
  /** The number of a step, as they are listed; the last one where there is none. */
  to: number | undefined;
  scope: 'both' | 'code' | 'chat';
  isForced: boolean;
  /** Whether a person is asked, where one is there. */
  asks: boolean;
  signal: AbortSignal;
}

/** A step of a session, numbered from the last one. */
export interface ListedStep { number: number; kind: 'turn' | 'change'; text: string; atMs: number; files: number; turnId: string }

/** What the plugin that takes steps back says of it. */
export interface Rewound {
  session: string;
  cwd: string;
  /** For a person. */
  text: string;
  steps?: readonly (Omit<ListedStep, 'number'> & { number?: number })[];
  files?: readonly RestoredFile[];
  diff?: string | null;
  /** How many messages there were, and are; of a preview whether it would change. */
  messages?: { before: number; now: number } | null;
  conversation?: boolean;
  staying?: readonly string[];
}

/**
 * Takes back steps of a session that nobody has open, by the command `/undo` of its own turn: so it is asked, kept and replayed as one.
 * A list and a preview change nothing, and are there also while somebody writes the session.
 * @throws PithError SESSION_NOT_FOUND, SESSION_LOCKED, and what the command throws
 */
export async function rewindSession({ oclif, id, does, to, scope, isForced, asks, signal }: RewindRequest): Promise<Rewound> {
  const folder = resolveFolder('.', '--cwd');
  const config = await readConfig(oclif, folder);
  const kernel = await openKernel(oclif, config, does === 'do' ? {} : { sessions: { record: false } });
  try {
    const stored = (await findStored(kernel, id === undefined ? 'latest' : { id }, folder))!;
    if (does === 'do') await (await kernel.service('sessions')).checkWriter(stored.id);
    const said: TurnEvent[] = [];
    const session = kernel.openSession({
      ...await toSessionOptions(kernel, config.settings, { cwd: stored.cwd, stored, sink: (event) => void (event.type === 'plugin-event' && event.plugin === 'input' && said.push(event)) }),
      ...(asks && process.stdin.isTTY && process.stderr.isTTY ? { asker: toAsker() } : {}),
    });
    if (!(await session.slashCommands()).some(({ name, owner }) => name === 'undo' && owner === 'input')) {
      throw new PithError('Nothing can be taken back here: the plugin input, which does it, is not here', { code: 'SERVICE_MISSING', hint: 'pith doctor says why. To get it: pith plugins install input' });
    }
    const words = does === 'list' ? ['list'] : [...(to === undefined ? [] : [String(to)]), ...(scope === 'both' ? [] : [scope]), ...(does === 'preview' ? ['preview'] : []), ...(isForced ? ['force'] : [])];
    const result = await session.runTurn({ text: ['/undo', ...words].join(' '), origin: 'person' }, { signal });
    await session.close();
    if (result.status !== 'done') throw toError(result, stored.id);
    const last = said.at(-1);
    return { session: stored.id, cwd: stored.cwd, text: result.text ?? '', ...(last?.type === 'plugin-event' ? last.data as Partial<Rewound> : {}) };
  } finally {
    await kernel.close();
  }
}

function toAsker() {
  const err = new Out(process.stderr);
  return createTerminalAsker({ err, stdin: process.stdin, pause: async () => () => undefined, color: usesColor(err.stream) });
}

/** With what is to be typed here. */
function toError({ error, reason, exitCode }: TurnResult, id: string): PithError {
  const hint = error?.code === 'UNDO_CONFLICT' ? `See what would change: pith sessions rewind ${id} --preview. To overwrite it all the same, of which the preview says what is lost: --force. Only the conversation: --chat`
    : error?.code === 'COMMAND_ARGUMENT_INVALID' ? `pith sessions rewind ${id} --list shows them.` : error?.hint;
  return new PithError(error?.message ?? reason ?? 'The steps were not taken back', { code: error?.code ?? 'TAP_THREW', exitCode: exitCode === EXIT.ok ? EXIT.failed : exitCode, ...(hint === undefined ? {} : { hint }) });
}
