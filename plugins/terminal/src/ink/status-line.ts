import { type Line, type Look, type Role, toSpan, widthOf } from '@pith/screen';
import type { Mode } from '@pith/kernel';
import type { StatusView, View } from '../view.ts';
import { toCost, toCount, toDuration, toShare } from '../view/amounts.ts';
import { signsOf } from './signs.ts';

const MODE_ROLES: Readonly<Record<Mode, Role>> = { default: 'dim', acceptEdits: 'added', plan: 'keyword', dontAsk: 'number', bypassPermissions: 'removed' };

/** A part of the line. The higher its rank, the sooner it is left out. */
interface Part { rank: number; text: string; role: Role; /** Written so where the line is narrow. */ short?: string }

/** Where the conversation stands, in one row: as much of it as fits, the most important first. */
export function layoutStatus({ model, cwd, mode, branch, contextTokens, windowTokens, costMicroUsd, cacheShare }: StatusView, { home, ...look }: Look & { home: string | undefined }): Line {
  const folder = toFolder(cwd, home);
  const parts: Part[] = [
    { rank: 0, text: mode, role: MODE_ROLES[mode] },
    { rank: 1, text: model, role: 'dim', short: cutStart(model, 16, look) },
    { rank: 4, text: folder, role: 'dim', short: folder.split(/[/\\]/).at(-1) ?? folder },
    ...(branch === undefined ? [] : [{ rank: 5, text: branch, role: 'dim' as const, short: cutStart(branch, 16, look) }]),
    ...(contextTokens === undefined ? [] : [{ rank: 2, text: toContext(contextTokens, windowTokens), role: isTight(contextTokens, windowTokens) ? 'number' as const : 'dim' as const }]),
    ...(costMicroUsd === 0 ? [] : [{ rank: 3, text: toCost(costMicroUsd), role: 'dim' as const }]),
    ...(cacheShare === undefined ? [] : [{ rank: 6, text: `cache ${toShare(cacheShare)}`, role: 'dim' as const }]),
  ];
  return fit(parts, look);
}

function toContext(tokens: number, window: number | undefined): string {
  return window === undefined ? `${toCount(tokens)} tokens` : `${toCount(tokens)}/${toCount(window)} (${toShare(tokens / window)})`;
}

function isTight(tokens: number, window: number | undefined): boolean {
  return window !== undefined && tokens > 0.8 * window;
}

/** First everything as it is, then short, then without what matters least. */
function fit(parts: readonly Part[], look: Look): Line {
  const { between } = signsOf(look.theme);
  const lengthOf = (shown: readonly Part[]): number => shown.reduce((sum, { text }) => sum + widthOf(text), widthOf(between) * (shown.length - 1));
  let shown = parts.map((part) => ({ ...part, text: toSpan(part.text, look).text }));
  for (let rank = 6; rank > 0 && lengthOf(shown) > look.width; rank--) shown = shown.map((part) => (part.rank === rank && part.short !== undefined ? { ...part, text: toSpan(part.short, look).text } : part));
  for (let rank = 6; rank > 0 && lengthOf(shown) > look.width; rank--) shown = shown.filter((part) => part.rank !== rank);
  return shown.flatMap(({ text, role }, index): Line => [...(index === 0 ? [] : [{ text: between, roles: ['dim'] as Role[] }]), { text, roles: [role] }]);
}

/** The folder as people write it. */
export function toFolder(cwd: string, home: string | undefined): string {
  return home !== undefined && home !== '' && (cwd === home || cwd.startsWith(`${home}/`)) ? `~${cwd.slice(home.length)}` : cwd;
}

function cutStart(text: string, most: number, { theme }: Pick<Look, 'theme'>): string {
  return text.length <= most ? text : `${theme.signs.ellipsis}${text.slice(text.length - most + 1).toWellFormed()}`;
}

const DOING: Readonly<Record<StatusView['phase'], string>> = {
  idle: '', starting: 'Starting', waiting: 'Waiting for the model', thinking: 'Thinking', answering: 'Answering', writing: 'Writing a call', running: 'Working', asking: 'Waits for you', retrying: 'Trying again', stopping: 'Stopping',
};

/** What is going on, with the time since it began; nothing where nothing is, and where a question says it. */
export function layoutWork({ status: { phase, sinceMs, retryAtMs }, calls, agents, question }: View, { nowMs, frame, ...look }: Look & { nowMs: number; frame: number }): Line | undefined {
  if (phase === 'idle' || sinceMs === undefined || question !== undefined) return undefined;
  const { spinner, between } = signsOf(look.theme);
  const running = calls.find(({ state }) => state === 'running') ?? calls[0];
  const agent = agents.find(({ state }) => state === 'running');
  const inner = phase === 'running' && agent !== undefined ? agent.name : (phase === 'running' || phase === 'writing') && running !== undefined ? running.tool : '';
  const wait = phase === 'retrying' && retryAtMs !== undefined ? ` in ${toDuration(Math.max(0, retryAtMs - nowMs))}` : '';
  const parts = [`${DOING[phase]}${inner === '' ? '' : `: ${inner}`}${wait}`, `${Math.max(0, Math.floor((nowMs - sinceMs) / 1000))} s`, ...(phase === 'stopping' ? [] : ['Esc interrupts'])];
  while (parts.length > 1 && widthOf(parts.join(between)) + 2 > look.width) parts.pop();
  return [{ text: `${spinner[frame % spinner.length]!} `, roles: ['sign'] }, toSpan(parts.join(between), look, 'dim')];
}
