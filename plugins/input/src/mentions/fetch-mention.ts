import { type Block, cutMiddle, encloseResult, type ToolOutcome, toText, type Turn } from '@pith/kernel';
import { inputError } from '../errors.ts';
import { findPlaces } from './find-symbol.ts';
import type { Place, Mention } from './locate.ts';

/** A page that says it is an error may be long. */
const WHY_MAX = 300;
/** Lines that are shown of a place in code. */
const SYMBOL_LINES = 60;

/**
 * What is mentioned, as blocks behind the text. All of it comes through tools, so that permission holds as for a model.
 * @returns nothing where it turns out to be no mention
 * @throws PithError MENTION_REFUSED, MENTION_UNREADABLE, MENTION_UNREACHABLE
 */
export async function fetchMention({ shown, place }: Mention, turn: Turn): Promise<Block[] | undefined> {
  switch (place.kind) {
    case 'file': return readFile(shown, place, turn);
    case 'folder': return readText(shown, { name: 'list', input: { path: place.path }, tag: 'folder', attributes: { path: place.path } }, turn);
    case 'url': return readText(shown, { name: 'web-fetch', input: { url: place.url }, tag: 'page', attributes: { url: place.url } }, turn);
    case 'symbol': return readSymbol(shown, place.name, turn);
    default: return undefined; // Nothing is there, which was said before.
  }
}

/** What may have been meant. */
export function toNear(place: Place): string {
  const near = 'near' in place ? place.near : [];
  return near.length === 0 ? '' : `Did you mean ${near.map((path) => `@${path}`).join(' or ')}? `;
}

async function readFile(shown: string, { path, lines }: Extract<Place, { kind: 'file' }>, turn: Turn): Promise<Block[] | undefined> {
  if (lines !== undefined && (lines.first < 1 || lines.last < lines.first)) throw inputError(`${shown} names lines that are none: from ${lines.first} to ${lines.last}`, 'MENTION_UNREADABLE', 'Lines are counted from 1, the smaller number first, as in @file:10-20.');
  const range = lines === undefined ? {} : { offset: lines.first, limit: lines.last - lines.first + 1 };
  return readText(shown, { name: 'read', input: { path, ...range }, tag: 'file', attributes: { path, ...(lines === undefined ? {} : { lines: `${lines.first}-${lines.last}` }) } }, turn);
}

interface Reading { name: string; input: unknown; tag: string; attributes: Readonly<Record<string, string>> }

/** The text of a result, enclosed, and images and documents as they are. */
async function readText(shown: string, { name, input, tag, attributes }: Reading, turn: Turn): Promise<Block[] | undefined> {
  const outcome = await turn.callTool({ name, input });
  if (outcome.code === 'TOOL_UNKNOWN') {
    turn.emit({ type: 'notice', level: 'warning', text: `${shown} is sent as it was typed: there is no tool ${name} to read it with.` });
    return undefined;
  }
  if (outcome.code === 'PREVIEW_ONLY') {
    turn.emit({ type: 'notice', level: 'warning', text: `${shown} is not shown: it is fetched when the input is sent.` });
    return undefined;
  }
  check(shown, outcome, turn, name);
  return encloseResult(outcome.content, { tag, attributes, label: { owner: 'input', name: shown } });
}

function check(shown: string, { status, reason, rule, content }: ToolOutcome, turn: Turn, tool: string): void {
  if (status === 'done') return;
  if (status === 'interrupted') turn.signal.throwIfAborted();
  if (status === 'refused') {
    const way = tool === 'web-fetch' ? `--allow ${toAddressRule(shown.slice(1))}` : '--add-dir for a folder, --allow for a rule';
    throw inputError(`${shown} was not ${tool === 'web-fetch' ? 'fetched' : 'read'}: ${reason}${rule === null ? '' : ` (rule ${rule})`}`, 'MENTION_REFUSED', `Leave it out, or allow it: ${way}. pith hooks explain ${tool} tells who decided.`);
  }
  const why = cutMiddle(toText(content), WHY_MAX).replaceAll(/\s+/g, ' ').replace(/[. ]+$/, '');
  if (tool === 'web-fetch') throw inputError(`${shown} cannot be fetched: ${why}`, 'MENTION_UNREACHABLE', 'Look at the address, or leave the @ away.');
  throw inputError(`${shown} cannot be read: ${why}`, 'MENTION_UNREADABLE', `Name another file or other lines, or put a backslash in front: \\${shown} is sent as text.`);
}

/** A rule for a domain is about https, and about names. */
function toAddressRule(url: string): string {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' && /\.[a-z-]+$/i.test(hostname) ? `"WebFetch(domain:${hostname})"` : 'WebFetch';
}

/** The best few places of a name in code, with the lines that begin there. */
async function readSymbol(shown: string, name: string, turn: Turn): Promise<Block[] | undefined> {
  const places = await findPlaces(name, turn);
  if (places.length === 0) return undefined;
  const blocks: Block[] = [];
  for (const { path, line, shown: place } of places) {
    const text = await readText(shown, { name: 'read', input: { path, offset: line, limit: SYMBOL_LINES }, tag: 'symbol', attributes: { name, place } }, turn);
    blocks.push(...text ?? []);
  }
  return blocks;
}
