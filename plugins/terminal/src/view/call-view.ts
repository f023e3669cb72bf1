import type { ErrorReport, Target, ToolContent, TurnEvent } from '@pith/kernel';
import type { CallState, CallView } from '../view.ts';

type CallEvent = Extract<TurnEvent, { type: 'tool-input-delta' | 'tool-call' | 'tool-start' | 'tool-progress' | 'tool-end' }>;
type End = Extract<TurnEvent, { type: 'tool-end' }>;

/** So much of a target and of a result is kept for the line of a call: wider is no window. */
const MAX_SHORT = 400;

/** The calls of one run as they are after this event; `ended` is the one that it has ended. */
export function takeCallEvent(calls: readonly CallView[], event: CallEvent, cwd: string): { calls: readonly CallView[]; ended?: CallView } {
  const at = calls.findIndex(({ callId }) => callId === event.callId);
  const before = calls[at] ?? newCall(event);
  const call = change(before, event, cwd);
  if (event.type === 'tool-end') return { calls: calls.filter((_, index) => index !== at), ended: call };
  return { calls: at === -1 ? [...calls, call] : calls.with(at, call) };
}

function newCall({ callId, tool, atMs }: CallEvent): CallView {
  return { callId, tool, target: '', effect: undefined, input: undefined, state: 'writing', startedMs: atMs, durationMs: null, progress: undefined, result: '', content: [], changes: [], diff: undefined };
}

function change(call: CallView, event: CallEvent, cwd: string): CallView {
  switch (event.type) {
    case 'tool-input-delta': return call;
    case 'tool-call': return { ...call, input: event.input, state: 'waiting', target: call.target === '' ? toGuess(event.input, cwd) : call.target };
    case 'tool-start': return { ...call, input: event.input, state: 'running', startedMs: event.atMs, effect: event.effect, target: toTarget(event.targets, event.input, cwd) };
    case 'tool-progress': return event.text === undefined ? call : { ...call, progress: lastLine(event.text) ?? call.progress };
    case 'tool-end': return {
      // Its own time, without that of a person who was asked.
      ...call, state: event.status, durationMs: call.state === 'running' ? Math.max(0, event.atMs - call.startedMs) : event.durationMs, result: toResult(event), content: event.content, changes: event.changes, diff: stringOf(event.details, 'diff'),
    };
  }
}

/** A call that nobody will hear of again. */
export function stopCall(call: CallView, state: CallState, atMs: number): CallView {
  return { ...call, state, durationMs: Math.max(0, atMs - call.startedMs), result: '' };
}

/** What a call is about: a path below the folder, a command, an address. */
export function toTarget(targets: readonly Target[], input: unknown, cwd: string): string {
  const parts = targets.map(({ path, command, url, name }) => (path === undefined ? command ?? url ?? name ?? '' : shorten(path, cwd))).filter((part) => part !== '');
  return parts.length > 0 ? cut(parts.join(', ')) : toGuess(input, cwd);
}

/** Before anybody has said what it touches: the first words of its input. */
function toGuess(input: unknown, cwd: string): string {
  if (typeof input !== 'object' || input === null) return '';
  const first = Object.values(input).find((value): value is string => typeof value === 'string' && value !== '');
  return first === undefined ? '' : cut(shorten(first, cwd));
}

/** In a few words what came of it. */
function toResult(event: End): string {
  const { status, error, content, details } = event;
  const text = textOf(content);
  if (status === 'refused' || status === 'interrupted') return cut(error?.message ?? firstLine(text) ?? '');
  if (status === 'error') return cut(toFailure(error, text, details));
  const diff = stringOf(details, 'diff');
  if (diff !== undefined) return countDiff(diff);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const images = content.filter(({ type }) => type === 'image').length;
  if (lines.length <= 1) return cut(lines[0] ?? (images > 0 ? `${images} image${images === 1 ? '' : 's'}` : ''));
  return `${text.trimEnd().split('\n').length} lines`;
}

function toFailure(error: ErrorReport | undefined, text: string, details: unknown): string {
  if (error !== undefined) return error.message;
  const exitCode = numberOf(details, 'exitCode');
  const last = lastLine(text) ?? '';
  return exitCode === undefined || last.includes(String(exitCode)) ? last : `exit ${exitCode}: ${last}`;
}

function countDiff(diff: string): string {
  let [added, removed] = [0, 0];
  for (const line of diff.split('\n')) {
    if (line.startsWith('+') && !line.startsWith('+++ ')) added++;
    else if (line.startsWith('-') && !line.startsWith('--- ')) removed++;
  }
  return `+${added} -${removed}`;
}

export function textOf(content: readonly ToolContent[]): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
}

function firstLine(text: string): string | undefined {
  return text.split('\n').find((line) => line.trim() !== '')?.trim();
}

function lastLine(text: string): string | undefined {
  return text.slice(-8192).split('\n').findLast((line) => line.trim() !== '')?.trim();
}

function stringOf(details: unknown, key: string): string | undefined {
  const value = typeof details === 'object' && details !== null ? (details as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(details: unknown, key: string): number | undefined {
  const value = typeof details === 'object' && details !== null ? (details as Record<string, unknown>)[key] : undefined;
  return typeof value === 'number' ? value : undefined;
}

export function shorten(path: string, cwd: string): string {
  return path === cwd ? '.' : path.startsWith(`${cwd}/`) || path.startsWith(`${cwd}\\`) ? path.slice(cwd.length + 1) : path;
}

function cut(text: string): string {
  const flat = text.slice(0, 4 * MAX_SHORT).replaceAll(/\s+/g, ' ').trim();
  return flat.length > MAX_SHORT ? `${flat.slice(0, MAX_SHORT).toWellFormed()}…` : flat;
}
