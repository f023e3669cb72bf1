import { toSafe, widthOf } from '@pith/screen';

/** The line that is being typed. It only grows and shrinks at its end: then nothing on the screen is ever gone back to. */
export interface TypedLine {
  text: string;
  /** What is shown of earlier lines: an index of the history, or nothing for a line of one's own. */
  at: number | undefined;
  /** One's own line, while an earlier one is shown. */
  draft: string;
}

export interface LineSetting {
  /** Typed before, the latest last. */
  history: readonly string[];
  prompt: string;
  columns: number;
  /** The terminal knows no UTF-8. */
  ascii: boolean;
}

export type LineKey = 'interrupt' | 'cancel' | 'end' | 'next-mode' | 'transcript' | 'todo' | 'suspend';

export interface TypedStep {
  line: TypedLine;
  /** To be written as it is: letters, backspaces, line ends; nothing else. */
  echo: string;
  /** A line that is whole. */
  sent?: string;
  action?: LineKey;
}

export const NO_LINE: TypedLine = { text: '', at: undefined, draft: '' };

const ACTIONS: Readonly<Record<string, LineKey>> = { escape: 'interrupt', 'shift+tab': 'next-mode', 'ctrl+o': 'transcript', 'ctrl+t': 'todo', 'ctrl+z': 'suspend' };
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * What keys do that came in one piece. A line end in the middle of many characters was pasted: it becomes a part of the line.
 * @param keys as `KeyReader` names them
 */
export function typeKeys(line: TypedLine, keys: readonly string[], setting: LineSetting): TypedStep[] {
  const steps: TypedStep[] = [];
  let now = line;
  for (const [index, key] of keys.entries()) {
    const isPasted = key === 'enter' && index < keys.length - 1 && keys.length > 2;
    const step = isPasted ? addText(now, '\n', setting) : typeKey(now, key, setting);
    now = step.line;
    steps.push(step);
  }
  return steps;
}

function typeKey(line: TypedLine, key: string, setting: LineSetting): TypedStep {
  switch (key) {
    case 'enter':
      if (line.text.endsWith('\\')) return { ...addText({ ...line, text: line.text.slice(0, -1) }, '\n', setting) };
      return { line: NO_LINE, echo: '\n', sent: line.text };
    case 'backspace': return replaceText(line, withoutLast(line.text), setting);
    case 'ctrl+u': return replaceText(line, '', setting);
    case 'ctrl+w': return replaceText(line, line.text.replace(/\S+\s*$|\s+$/, ''), setting);
    case 'up': case 'ctrl+p': return recall(line, -1, setting);
    case 'down': case 'ctrl+n': return recall(line, 1, setting);
    case 'ctrl+c': return line.text === '' ? { line, echo: '', action: 'cancel' } : { line: NO_LINE, echo: '\n' };
    case 'ctrl+d': return line.text === '' ? { line, echo: '\n', action: 'end' } : { line, echo: '' };
    case 'space': return addText(line, ' ', setting);
  }
  const action = ACTIONS[key];
  if (action !== undefined) return { line, echo: '', action };
  return Array.from(key).length === 1 ? addText(line, key, setting) : { line, echo: '' };
}

function addText(line: TypedLine, text: string, { ascii }: LineSetting): TypedStep {
  return { line: { ...line, text: line.text + text }, echo: toSafe(text, { lines: true, ascii }) };
}

function recall(line: TypedLine, by: 1 | -1, setting: LineSetting): TypedStep {
  const { history } = setting;
  const at = (line.at ?? history.length) + by;
  if (at < 0 || at > history.length || history.length === 0) return { line, echo: '' };
  const draft = line.at === undefined ? line.text : line.draft;
  const { echo, line: { text } } = replaceText(line, history[at] ?? draft, setting);
  return { line: { text, at: at === history.length ? undefined : at, draft }, echo };
}

/** Takes back only what changes; a line of several rows is written again below, since no backspace leads to the row above. */
function replaceText(line: TypedLine, text: string, { prompt, columns, ascii }: LineSetting): TypedStep {
  const next = { ...line, text };
  if (text === line.text) return { line, echo: '' };
  const shown = (part: string): string => toSafe(part, { lines: true, ascii });
  if (line.text.includes('\n') || widthOf(prompt + shown(line.text)) >= columns) return { line: next, echo: `\n${prompt}${shown(text)}` };
  const kept = commonStart(line.text, text);
  const gone = widthOf(shown(line.text.slice(kept)));
  return { line: next, echo: `${'\b'.repeat(gone)}${' '.repeat(gone)}${'\b'.repeat(gone)}${shown(text.slice(kept))}` };
}

function commonStart(a: string, b: string): number {
  let at = 0;
  for (const { segment, index } of segmenter.segment(a)) {
    if (!b.startsWith(segment, index)) break;
    at = index + segment.length;
  }
  return at;
}

function withoutLast(text: string): string {
  const last = [...segmenter.segment(text)].at(-1)?.segment ?? '';
  return text.slice(0, text.length - last.length);
}
