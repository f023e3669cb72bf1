import { describeImage, type Highlighter, layoutAnswer, layoutDiff, layoutMarkdown, layoutText, type Lex, type Line, type Role } from '@pith/screen';
import type { ToolContent } from '@pith/kernel';
import type { AgentView, CallView, Item } from '../view.ts';
import type { PagerLook, PagerText } from './text.ts';

/** One part of a transcript: a line of an output, or an answer that is laid out whole. */
interface Part { plain: string; layout(look: PagerLook): readonly Line[] }

/** What loads slowly, once it is there. */
export interface TranscriptTools { lex: Lex; highlighter?: () => Highlighter | undefined }

/** Everything that was said and done, with nothing folded: calls with what they were given and what they gave, changes, thinking. */
export function toTranscript(items: readonly Item[], tools: TranscriptTools): PagerText {
  const parts = items.flatMap((item) => [...toParts(item, tools), blank]);
  const shown = parts.length === 0 ? [words('Nothing was said yet.', 'dim')] : parts;
  return { length: shown.length, plain: (index) => shown[index]!.plain, layout: (index, look) => shown[index]!.layout(look) };
}

function toParts(item: Item, tools: TranscriptTools): Part[] {
  switch (item.kind) {
    case 'input': return [...toLines(item.text, (line, row) => words(`${row === 0 ? '> ' : '  '}${line}`, 'strong')), ...item.attachments.map((name) => words(`  + ${name}`, 'dim'))];
    case 'image': return [words(`  + ${describeImage(item.image, { unicode: true })}`, 'dim')];
    case 'text': return [markdown(item.text, tools)];
    case 'answer': return toLines(item.text, (line) => ({ plain: line, layout: (look) => layoutAnswer(line, look) }));
    case 'thinking': return [words('Thinking', 'heading'), ...toLines(item.text, (line) => words(`  ${line}`, 'dim'))];
    case 'refusal': return [words('The model would not answer', 'heading'), ...toLines(item.text, (line) => words(`  ${line}`))];
    case 'call': return toCallParts(item.call, 0);
    case 'agent': return toAgentParts(item.agent, 0);
    case 'notice': return [words(`${item.level === 'info' ? '-' : '!'} ${item.text}`, item.level === 'info' ? 'dim' : 'strong'), ...(item.hint === undefined ? [] : [words(`  ${item.hint}`, 'dim')])];
    case 'end': return [words(`The turn ended: ${item.status}, after ${toSeconds(item.durationMs)}`, 'dim')];
  }
}

function toCallParts(call: CallView, depth: number): Part[] {
  const pad = '  '.repeat(depth);
  const text = call.content.map(toContentText).join('\n');
  return [
    words(`${pad}${call.tool} ${call.target}`, 'heading'),
    words(`${pad}  ${call.state}${call.durationMs === null ? '' : ` after ${toSeconds(call.durationMs)}`}`, 'dim'),
    ...(call.input === undefined ? [] : toInputParts(call.input, pad)),
    ...(call.diff === undefined ? [] : [diffOf(call.diff)]),
    ...(text === '' ? [] : [words(`${pad}  Result:`, 'dim'), ...toLines(text, (line) => words(`${pad}  ${line}`))]),
    ...call.changes.map(({ kind, path }) => words(`${pad}  ${kind} ${path}`, 'dim')),
  ];
}

function toContentText(block: ToolContent): string {
  switch (block.type) {
    case 'text': return block.text;
    case 'image': return `[${describeImage(block, { unicode: true })}]`;
    case 'document': return `[document${'mediaType' in block.source ? ` ${block.source.mediaType}` : ''}]`;
  }
}

/** Each value of an input under its name; texts of several lines as they are. */
function toInputParts(input: unknown, pad: string): Part[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [words(`${pad}  ${JSON.stringify(input)}`)];
  return Object.entries(input).flatMap(([name, value]) => {
    if (typeof value !== 'string') return [words(`${pad}  ${name}: ${JSON.stringify(value)}`)];
    return value.includes('\n') ? [words(`${pad}  ${name}:`), ...toLines(value, (line) => words(`${pad}    ${line}`))] : [words(`${pad}  ${name}: ${value}`)];
  });
}

function toAgentParts(agent: AgentView, depth: number): Part[] {
  const pad = '  '.repeat(depth);
  return [
    words(`${pad}Agent ${agent.name}: ${agent.state}${agent.reason === null ? '' : `, ${agent.reason}`}`, 'heading'),
    ...toLines(agent.task, (line) => words(`${pad}  ${line}`)),
    ...(agent.callsGone === 0 ? [] : [words(`${pad}  ${agent.callsGone} earlier calls are not shown`, 'dim')]),
    ...agent.calls.flatMap((call) => toCallParts(call, depth + 1)),
    ...(agent.text === '' ? [] : [words(`${pad}  Answer:`, 'dim'), ...toLines(agent.text, (line) => words(`${pad}  ${line}`))]),
  ];
}

const blank: Part = { plain: '', layout: () => [[]] };

function words(text: string, ...roles: Role[]): Part {
  return { plain: text, layout: (look) => layoutText(text, look, ...roles) };
}

function toLines(text: string, make: (line: string, row: number) => Part): Part[] {
  return text.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n').map(make);
}

function markdown(text: string, { lex, highlighter }: TranscriptTools): Part {
  return { plain: text, layout: (look) => notEmpty(layoutMarkdown(text, lex, { ...look, ...(highlighter === undefined ? {} : { highlighter }) })) };
}

function diffOf(diff: string): Part {
  return { plain: diff, layout: (look) => notEmpty(layoutDiff(diff, { ...look, maxRows: Infinity })) };
}

function notEmpty(lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [[]] : lines;
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
