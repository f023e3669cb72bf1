import { escapeControl, type ToolCallBlock } from '@pith/kernel';

/** How a tool is spoken of whose result was left out. */
interface Manner {
  /** How the result comes back. */
  back: string;
  /** The same call again says what it said before, or what is true now: the older result is worth nothing any more. */
  repeats?: 'always' | 'unless-error';
}

const again = (back: string): Manner => ({ back, repeats: 'unless-error' });
const MANNERS: Readonly<Record<string, Manner>> = {
  read: again('read it again'), list: again('list it again'), glob: again('search again'), grep: again('search again'), map: again('ask for the map again'),
  'web-fetch': again('fetch it again'), 'web-search': again('search again'),
  bash: { back: 'run it again if that changes nothing', repeats: 'always' },
  edit: { back: 'read the file to see it as it is' }, write: { back: 'read the file to see it as it is' }, 'apply-patch': { back: 'read the files to see them as they are' },
  jobs: { back: 'look at the job again for what it writes from now on' },
};
const UNKNOWN: Manner = { back: 'make the same call again if that changes nothing' };

const TARGETS = ['path', 'file_path', 'url', 'command', 'pattern', 'query', 'name', 'question', 'task'] as const;
const TARGET_MAX = 120;
/** Nothing to be written out, and no blanks to be joined: nearly all paths. */
const PLAIN = /^[\x21-\x7e]+$/;

type Call = Pick<ToolCallBlock, 'name' | 'input'>;
const mannerOf = (call: Call | undefined): Manner => (call !== undefined && Object.hasOwn(MANNERS, call.name) ? MANNERS[call.name]! : UNKNOWN);

/** What a call was about, on one line: the tool, and what it was given. */
export function nameCall(call: Call | undefined): string {
  if (call === undefined) return 'a tool';
  const input = typeof call.input === 'object' && call.input !== null ? call.input as Readonly<Record<string, unknown>> : {};
  const key = TARGETS.find((each) => typeof input[each] === 'string');
  if (key === undefined) return call.name;
  const given = (input[key] as string).slice(0, 2 * TARGET_MAX);
  const target = PLAIN.test(given) ? given : escapeControl(given.trim().replace(/\s+/g, ' '));
  return `${call.name} ${target.length > TARGET_MAX ? `${target.slice(0, TARGET_MAX).toWellFormed()}…` : target}`;
}

export const wayBack = (call: Call | undefined): string => mannerOf(call).back;

/** A call of which the newest result is the only one that counts: the key of those that are alike. */
export function repeatKey(call: Call): string | undefined {
  if (mannerOf(call).repeats === undefined || typeof call.input !== 'object' || call.input === null) return undefined;
  if (call.name === 'read') return `read ${String((call.input as { path?: unknown }).path)}`;
  return `${call.name} ${stable(call.input)}`;
}

/** Whether the newer one of two calls of one key says all that the older one said. */
export function supersedes(newer: { call: Call; isError: boolean }, older: { call: Call }): boolean {
  if (newer.isError && mannerOf(newer.call).repeats !== 'always') return false;
  if (newer.call.name !== 'read') return true;
  const [inner, outer] = [linesOf(older.call), linesOf(newer.call)];
  return outer.first <= inner.first && inner.end <= outer.end;
}

const READ_LINES = 2000;

function linesOf({ input }: Call): { first: number; end: number } {
  const { offset, limit } = input as { offset?: unknown; limit?: unknown };
  const first = typeof offset === 'number' ? offset : 1;
  return { first, end: first + (typeof limit === 'number' ? limit : READ_LINES) };
}

/** JSON with sorted keys: a model names them in any order. */
function stable(value: object): string {
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof (value as Record<string, unknown>)[keys[0]!] === 'string') return JSON.stringify(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
}
