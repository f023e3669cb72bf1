import type { Block, ImageBlock } from '@pith/kernel';
import { cutLine, describeImage, layoutDiff, layoutAnswer, layoutMarkdown, type Lex, type Line, type Look, type Role, toSpan, widthOf, wrapLine } from '@pith/screen';
import type { AgentView, CallView, Item } from '../view.ts';
import { toCost, toCount, toDuration } from '../view/amounts.ts';
import type { HeldPicture } from './pictures.ts';
import { signsOf, toPlainSigns } from './signs.ts';

/** What an item is laid out with. */
export interface ItemLook extends Look {
  /** Where the terminal draws pictures. */
  hold?: ((image: ImageBlock) => HeldPicture | undefined) | undefined;
}

/** So many rows of a diff, and of what failed, stand below the line of a call; all of it is in the transcript. */
const MAX_DIFF_ROWS = 24;
const MAX_FAILURE_ROWS = 6;
/** So many images of one call. */
const MAX_IMAGES = 4;
/** A turn that took less says nothing of its time. */
const SLOW_MS = 10_000;

/** What is finished as rows of the screen, without the empty row above it. */
export function layoutItem(item: Item, look: ItemLook, lex: Lex): readonly Line[] {
  const signs = signsOf(look.theme);
  switch (item.kind) {
    case 'input': return [
      ...hang(item.text.split('\n').map((line) => [toSpan(line, look, 'strong')]), { sign: `${signs.input} `, roles: ['sign'] }, look),
      ...item.attachments.flatMap((name) => hang([[toSpan(`${signs.into} ${name}`, look, 'dim')]], { sign: '  ' }, look)),
    ];
    case 'image': return layoutImage(item.image, look, '  ');
    case 'text': return layoutMarkdown(item.text, lex, look);
    case 'answer': return layoutAnswer(toPlainSigns(item.text, look.theme), look);
    case 'thinking': return [[toSpan(`${signs.thought} Thought${item.durationMs === null ? '' : ` for ${toDuration(item.durationMs)}`}`, look, 'dim')]];
    case 'refusal': return hang(item.text.split('\n').map((line) => [toSpan(line, look)]), { sign: `${signs.failed} `, roles: ['removed'] }, look);
    case 'call': return layoutCall(item.call, look);
    case 'agent': return layoutAgent(item.agent, look);
    case 'notice': return layoutNotice(item, look);
    case 'end': return item.durationMs < SLOW_MS ? [] : [[toSpan(`${signs.info} Took ${toDuration(item.durationMs)}${item.costMicroUsd === 0 ? '' : `${signs.between}${toCost(item.costMicroUsd)}`}`, look, 'dim')]];
  }
}

/** Whether an empty row belongs above it: calls and what is said of them stand close together. */
export function isApart(item: Item, before: Item | undefined): boolean {
  if (before === undefined) return true;
  if (item.kind === 'image' || (item.kind === 'end' && item.durationMs < SLOW_MS)) return false;
  return !(isSmall(item) && isSmall(before));
}

function isSmall({ kind }: Item): boolean {
  return kind === 'call' || kind === 'agent' || kind === 'notice' || kind === 'thinking' || kind === 'end';
}

function layoutNotice({ level, text: said, hint: advice }: Extract<Item, { kind: 'notice' }>, look: Look): Line[] {
  const text = toPlainSigns(said, look.theme);
  const hint = advice === undefined ? undefined : toPlainSigns(advice, look.theme);
  const signs = signsOf(look.theme);
  const role: Role = level === 'info' ? 'dim' : level === 'warning' ? 'number' : 'removed';
  const lines = text.split('\n').map((line) => [toSpan(line, look, role)]);
  const hints = hint === undefined ? [] : hint.split('\n').map((line) => [toSpan(line, look, 'dim')]);
  return hang([...lines, ...hints], { sign: `${level === 'info' ? signs.info : level === 'warning' ? signs.warning : signs.failed} `, roles: [role] }, look);
}

/** The line of a call, and below it what of it a person wants to see at once. */
function layoutCall(call: CallView, look: ItemLook): Line[] {
  const inner = { ...look, width: Math.max(2, look.width - 4) };
  const below = call.diff !== undefined && call.state === 'done' ? cutRows(layoutDiff(call.diff, { ...inner, maxRows: MAX_DIFF_ROWS + 1 }), MAX_DIFF_ROWS, inner) : call.state === 'error' ? layoutFailure(call, inner) : [];
  const images = call.content.filter((block) => block.type === 'image');
  const more = images.length > MAX_IMAGES ? [[toSpan(`    and ${images.length - MAX_IMAGES} more`, look, 'dim')]] : [];
  return [callLine(call, look), ...below.map((line): Line => [{ text: '    ' }, ...line]), ...images.slice(0, MAX_IMAGES).flatMap((image) => layoutImage(image, look, '    ')), ...more];
}

/** The picture, where it is drawn; and what it is, in a row below it. */
function layoutImage(image: ImageBlock & Pick<Block, 'label'>, { hold, ...look }: ItemLook, indent: string): Line[] {
  const held = hold?.(image);
  const signs = signsOf(look.theme);
  const name = image.label === undefined ? '' : `${image.label.name}${signs.between}`;
  const sign = held === undefined ? [] : [{ text: held.sign }];
  const row: Line = [{ text: indent }, ...sign, toSpan(`${signs.into} ${name}${describeImage(image, look.theme)}`, look, 'dim')];
  return [...Array.from({ length: held?.rows ?? 0 }, (): Line => []), cutLine(row, { width: look.width, sign: look.theme.signs.ellipsis })];
}

/** A call in one row: sign, tool, target, what came of it, time. */
function callLine({ tool, target, result: came, state, durationMs }: CallView, look: Look): Line {
  const result = toPlainSigns(came, look.theme);
  const { sign, role } = stateSign(state, look);
  const signs = signsOf(look.theme);
  const time = durationMs === null || durationMs < 1000 ? '' : toDuration(durationMs);
  const tail = [state === 'refused' ? `refused${result === '' ? '' : `: ${result}`}` : state === 'interrupted' ? 'interrupted' : result, time].filter((part) => part !== '').map((part) => `${signs.between}${part}`).join('');
  return joinFitting([{ ...toSpan(`${sign} `, look, role) }, toSpan(tool, look, 'strong'), ...(target === '' ? [] : [toSpan(` ${target}`, look)])], [toSpan(tail, look, 'dim')], look);
}

/** Both parts where there is room; otherwise each is cut, so that what came of it is seen, too. */
function joinFitting(head: Line, tail: Line, { width, theme }: Look): Line {
  const sign = theme.signs.ellipsis;
  const room = Math.max(8, Math.floor(width * 0.4));
  const shownTail = cutLine(tail, { width: room, sign });
  const rest = width - columns(shownTail);
  return cutLine([...cutLine(head, { width: Math.max(4, rest), sign }), ...(columns(head) + columns(tail) <= width ? tail : shownTail)], { width, sign });
}

function columns(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

function layoutFailure({ content, result }: CallView, look: Look): Line[] {
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n').trimEnd();
  if (text.trim() === '' || text.trim() === result) return [];
  const lines = text.slice(-4000).split('\n').slice(-MAX_FAILURE_ROWS);
  return lines.flatMap((line) => wrapLine([toSpan(line, look, 'dim')], { width: look.width, keepSpaces: true })).slice(-MAX_FAILURE_ROWS);
}

function layoutAgent(agent: AgentView, look: Look): Line[] {
  const { name, task, state, durationMs, tokens, costMicroUsd, calls, callsGone, reason } = agent;
  const { sign, role } = stateSign(state === 'running' ? 'running' : state === 'done' ? 'done' : state === 'interrupted' ? 'interrupted' : 'error', look);
  const signs = signsOf(look.theme);
  const count = calls.length + callsGone;
  const facts = [`${count} call${count === 1 ? '' : 's'}`, `${toCount(tokens)} tokens`, ...(costMicroUsd === 0 ? [] : [toCost(costMicroUsd)]), ...(durationMs === null ? [] : [toDuration(durationMs)])];
  const line = joinFitting([toSpan(`${sign} `, look, role), toSpan(name, look, 'strong'), toSpan(` ${task.split('\n', 1)[0] ?? ''}`, look)], [toSpan(facts.map((fact) => `${signs.between}${fact}`).join(''), look, 'dim')], look);
  return reason === null ? [line] : [line, ...hang([[toSpan(reason, look, 'dim')]], { sign: '    ' }, look)];
}

export function stateSign(state: CallView['state'], { theme }: Pick<Look, 'theme'>): { sign: string; role: Role } {
  const signs = signsOf(theme);
  switch (state) {
    case 'done': return { sign: signs.done, role: 'added' };
    case 'error': case 'refused': return { sign: signs.failed, role: 'removed' };
    case 'interrupted': return { sign: signs.stopped, role: 'number' };
    default: return { sign: signs.info, role: 'dim' };
  }
}

/** Lines with a sign before the first and room of the same width before all others. */
function hang(lines: readonly Line[], { sign, roles }: { sign: string; roles?: Role[] }, look: Look): Line[] {
  const indent = { text: ' '.repeat(sign.length) };
  const first = roles === undefined ? { text: sign } : { text: sign, roles };
  return lines.flatMap((line) => wrapLine(line, { width: Math.max(2, look.width - sign.length) })).map((row, index): Line => [index === 0 ? first : indent, ...row]);
}

function cutRows(rows: readonly Line[], most: number, look: Look): Line[] {
  return rows.length <= most ? [...rows] : [...rows.slice(0, most), [toSpan(`${look.theme.signs.ellipsis} more: Ctrl-O`, look, 'dim')]];
}
