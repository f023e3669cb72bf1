import { createInterface } from 'node:readline/promises';
import { escapeControl, PithError } from '@pith/kernel';
import { wrap } from '@pith/table';
import type { Grant } from './grants.ts';
import type { Reviewed } from './review.ts';
import { explainCapabilities } from './words.ts';

/** How a person is asked. A script says yes in advance, or is refused. */
export interface Consent {
  say(text: string): void;
  /** Said only to somebody who sits there and waits: a registry that does not answer takes npm a minute to give up on. */
  progress(text: string): void;
  /** @throws PithError PLUGIN_NOT_GRANTED where nobody can be asked; the signal's reason */
  ask(question: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Before anything is fetched that nobody here has named.
   * @throws PithError PLUGIN_NOT_GRANTED where nobody can be asked; then it is said what that would be
   */
  mustBePossible(what: string): void;
}

/** @param again what to type to say yes in advance */
export function createConsent({ yes, json, again }: { yes: boolean; json: boolean; again: string }): Consent {
  const say = (text: string): void => { process.stderr.write(`${escapeControl(text, { lines: true }).split('\n').map(foldLine).join('\n')}\n`); };
  const isSilent = json || !process.stdin.isTTY || !process.stderr.isTTY;
  const ask = async (question: string, signal: AbortSignal): Promise<boolean> => {
    if (yes) return true;
    if (isSilent) {
      throw new PithError('It asks for more than was granted, and nobody can be asked here, so nothing was changed', { code: 'PLUGIN_NOT_GRANTED', hint: `If you agree with what is said above: ${again}` });
    }
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    terminal.on('SIGINT', () => process.emit('SIGINT')); // In raw mode Ctrl-C is a key.
    try {
      return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
    } catch (error) {
      signal.throwIfAborted();
      if ((error as { code?: unknown }).code === 'ABORT_ERR') return false; // Ctrl-D.
      throw error;
    } finally {
      terminal.close();
    }
  };
  const mustBePossible = (what: string): void => {
    if (yes || !isSilent) return;
    say(what);
    throw new PithError('Nobody can be asked here, so nothing was fetched and nothing was changed', { code: 'PLUGIN_NOT_GRANTED', hint: `If you agree with what is said above: ${again}` });
  };
  return { mustBePossible, say, progress: (text) => { if (process.stderr.isTTY && !json) say(text); }, ask };
}

/** Between words, where somebody looks; what is below a point stays below it. */
function foldLine(line: string): string {
  if (!process.stderr.isTTY) return line;
  const [indent] = /^ *(?:- )?/.exec(line)!;
  return wrap(line.slice(indent.length), Math.max(20, process.stderr.columns - indent.length)).map((part, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + part).join('\n');
}

/** What is known of a plugin before it is installed. */
type Requested = Pick<Reviewed, 'name' | 'capabilities' | 'commands'> & { manifest: Pick<Reviewed['manifest'], 'version' | 'description'> };

/** What a plugin asks for, in words; where something was granted before, only what is new is marked. */
export function describeRequest({ name, manifest, capabilities, commands }: Requested, held?: Grant): string {
  const before = new Set(held?.capabilities);
  const added = held === undefined ? capabilities : capabilities.filter((capability) => !before.has(capability));
  const { held: kept, declared } = explainCapabilities(added);
  const lines = [`${name} ${manifest.version}${manifest.description === undefined ? '' : `: ${manifest.description}`}`];
  const part = (title: string, items: readonly string[]): void => { if (items.length > 0) lines.push(`  ${title}`, ...items.map((item) => `  - ${item}`)); };
  part(held === undefined ? 'It' : 'New: it', kept);
  part('It says of itself, and nothing holds it to that, that it', declared);
  part('Its commands:', held === undefined ? commands.map((id) => `pith ${id.replaceAll(':', ' ')}`) : []);
  if (lines.length === 1) lines.push(held === undefined ? '  It asks for nothing.' : '  It asks for nothing new.');
  return lines.map((line) => escapeControl(line)).join('\n');
}

export const TRUSTED_CODE = 'A plugin is code that runs with all of your rights; install what you trust.';
