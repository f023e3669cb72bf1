import { type Block, escapeControl, type Label, type Message, type SessionSummary, type StoredSession } from '@pith/kernel';

const SHORT_ID = 8;
/** A result that is longer is shown by its beginning; `--json` has it all. */
const RESULT_LINES = 12;
const RESULT_WIDTH = 400;
/** So many changes of a conversation are shown, the latest. */
const CHANGES_MAX = 20;

/**
 * A table: the beginning of each id that is enough to name it among `allIds`, when it was last used, its turns, its first
 * words.
 */
export function renderList(sessions: readonly SessionSummary[], { folders, allIds }: { folders: boolean; allIds: readonly string[] }): string {
  const length = shortLength(sessions.map(({ id }) => id), allIds);
  const rows = sessions.map(({ id, updatedMs, turns, title, cwd }) => [
    id.slice(0, length), toTime(updatedMs), String(turns), ...(folders ? [escapeControl(cwd)] : []), escapeControl(title) || '(no input)',
  ]);
  return renderTable(['ID', 'LAST USED', 'TURNS', ...(folders ? ['FOLDER'] : []), 'FIRST WORDS'], rows);
}

/** Everything that was said, for reading. */
export function renderSession(session: StoredSession): string {
  const { id, cwd, startedMs, updatedMs, provider, model, turns, messages, repairs, changes = [], forkedFrom } = session;
  const head = renderTable([], [
    ['Session', escapeControl(id)], ['Folder', escapeControl(cwd)], ['Started', toTime(startedMs)], ['Last used', toTime(updatedMs)],
    ['Model', escapeControl(provider === null ? 'none' : `${provider}/${model ?? ''}`)], ['Turns', String(turns)], ...(forkedFrom === undefined ? [] : [['Begun as', `a copy of ${forkedFrom.turns} turn${forkedFrom.turns === 1 ? '' : 's'} of ${escapeControl(forkedFrom.id)}`]]),
  ]);
  const left = Math.max(0, changes.length - CHANGES_MAX);
  const changed = [...(left === 0 ? [] : [`· ${left} earlier change${left === 1 ? '' : 's'}, which --json has`]), ...changes.slice(left).map(({ atMs, text }) => `· ${toTime(atMs)}  ${escapeControl(text)}`)];
  return [head, ...repairs.map((repair) => `! ${escapeControl(repair)}`), ...(changed.length === 0 ? [] : [changed.join('\n')]), ...messages.map(renderMessage)].join('\n\n');
}

function renderMessage({ role, content }: Message): string {
  return content.map((block) => renderBlock(role, block)).filter((text) => text !== '').join('\n');
}

function renderBlock(role: Message['role'], block: Block): string {
  switch (block.type) {
    case 'text': return role === 'assistant' ? indent(block.text, '') : block.label === undefined ? indent(block.text, '> ') : renderPart(block.text, block.label);
    case 'refusal': return indent(block.text, '');
    case 'thinking': case 'redacted-thinking': return '';
    case 'tool-call': return `* ${escapeControl(block.name)} ${escapeControl(block.complete ? toJson(block.input) : `${block.raw ?? ''} (did not arrive whole)`)}`;
    case 'tool-result': return shorten(block.content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n'), block.isError ? '  ! ' : '  ');
    case 'server-tool-call': return `* ${escapeControl(block.name)} ${escapeControl(toJson(block.input))} (run by the provider)`;
    default: return `[${escapeControl(block.type)}]`;
  }
}

/** A call may have no input at all. */
function toJson(input: unknown): string {
  return JSON.stringify(input) ?? '';
}

/** What was put beside the words of a person: by whom, and what it is. */
function renderPart(text: string, { owner, name }: Label): string {
  return `+ ${escapeControl(name)} (${escapeControl(owner)})\n${shorten(text, '+   ')}`;
}

function shorten(text: string, prefix: string): string {
  const lines = text.split('\n');
  const shown = lines.slice(0, RESULT_LINES).map((line) => (line.length > RESULT_WIDTH ? `${line.slice(0, RESULT_WIDTH).replace(/[\ud800-\udbff]$/, '')} …` : line));
  const rest = lines.length - shown.length;
  return indent([...shown, ...(rest > 0 ? [`… ${rest} more line${rest === 1 ? '' : 's'}`] : [])].join('\n'), prefix);
}

function indent(text: string, prefix: string): string {
  return escapeControl(text, { lines: true }).split('\n').map((line) => prefix + line).join('\n');
}

function renderTable(head: readonly string[], rows: readonly string[][]): string {
  const lines = head.length > 0 ? [[...head], ...rows] : rows;
  const widths = lines.reduce<number[]>((all, line) => line.map((cell, index) => Math.max(all[index] ?? 0, cell.length)), []);
  return lines.map((line) => line.map((cell, index) => (index === line.length - 1 ? cell : cell.padEnd(widths[index]!))).join('  ')).join('\n');
}

/** As many characters as tell each of these ids from all others, wherever they are, and no fewer than a person would want. */
export function shortLength(ids: readonly string[], allIds: readonly string[]): number {
  const shown = new Set(ids);
  let length = SHORT_ID;
  // In order, the one that an id shares most with stands beside it.
  [...allIds].sort().forEach((id, index, sorted) => {
    const next = sorted[index + 1];
    if (next === undefined || (!shown.has(id) && !shown.has(next))) return;
    length = Math.max(length, countShared(id, next) + 1);
  });
  return Math.min(length, Math.max(SHORT_ID, ...ids.map((id) => id.length)));
}

function countShared(a: string, b: string): number {
  let count = 0;
  while (count < a.length && a[count] === b[count]) count++;
  return count;
}

/** In the local time zone, to the minute. */
export function toTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
