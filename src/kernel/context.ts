import { deepFreeze } from './base/freeze.ts';
import type { Message, ModelAccess, ModelRequest, SystemSection, ToolSpec } from './message.ts';
import { HEAD, isExtension, type Stage, toPrefix } from './request/prefix.ts';
import { type Blame, blamePrefix, findMended } from './request/prefix-blame.ts';
import type { Run } from './run.ts';
import { estimateText } from './request/token-estimate.ts';

/** One run of the `context` hook, with what each tap made of the request. */
export interface ContextRun { run: Run; stages: Stage[] }

/** The request of the next step: what the kernel has, then everybody's `context` taps. */
export async function assembleContext(run: Run, reason: 'step' | 'overflow'): Promise<ModelRequest> {
  const { generation, setup, session } = run;
  const base: ModelRequest = Object.freeze({
    provider: setup.provider, model: setup.model, system: setup.system, messages: Object.freeze(run.messages.slice()),
    tools: run.toolSpecs, purpose: 'turn', reason, options: setup.modelOptions,
  });
  const at: ContextRun = { run, stages: [{ plugin: 'kernel', request: base }] };
  const request = await generation.runContext(base, at);
  const before = run.prefix;
  const now = run.prefix = toPrefix(at.stages, before, generation.imageRule(request));
  const culprit = before === undefined || isExtension(before, now) ? undefined : blamePrefix(before, now, { history: run.historyChanged, model: session.modelChanged });
  const mended = before === undefined || culprit !== undefined ? undefined : findMended(before, now);
  if (culprit !== undefined) run.trace.blamePrefix(run, culprit);
  run.historyChanged = undefined;
  if (session.modelChanged?.model === setup.model && session.modelChanged.provider === setup.provider) session.modelChanged = undefined;
  const head = HEAD + request.system.length;
  const estimate = now.sizes[now.count]!;
  const rate = estimate === 0 ? 1 : session.tokens.scale(modelName(request), request, estimate) / estimate;
  const toTokens = (estimated: number): number => Math.round(estimated * rate);
  await run.emitAhead({
    type: 'context-ready', step: run.step, reason,
    tokens: { system: toTokens(now.sizes[head]! - now.sizes[HEAD]!), tools: toTokens(now.sizes[HEAD]!), messages: toTokens(estimate - now.sizes[head]!) },
    ...(rate === 1 ? {} : { rate: Number(rate.toPrecision(4)) }),
    sections: request.system.map(({ id, owner, text, stability }) => ({ id, owner, stability, tokens: toTokens(Math.ceil(estimateText(text))) })),
    dropped: droppedBy(at.stages),
    prefix: { hash: now.chain[now.length]!, messages: Math.max(0, now.length - head), kept: culprit === undefined, ...toFinding(culprit), ...(mended === undefined ? {} : { mended: { plugin: mended.plugin, change: mended.change } }) },
  });
  return request;
}

/** Estimates are calibrated by this. */
export function modelName({ provider, model }: Pick<ModelRequest, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

function toFinding(culprit: Blame | undefined): { changedBy?: string; change?: string } {
  return culprit === undefined ? {} : { changedBy: culprit.plugin, change: culprit.change };
}

function droppedBy(stages: readonly Stage[]): { plugin: string; messages: number }[] {
  return stages.slice(1)
    .map(({ plugin, request }, index) => ({ plugin, messages: stages[index]!.request.messages.length - request.messages.length }))
    .filter(({ messages }) => messages > 0);
}

/** Messages that were checked and frozen, so that a long history is not looked at again in every step. */
const checked = new WeakSet<Message>();

/**
 * Checks what a tap made of a request, and freezes it.
 * @returns nothing where it is no request
 */
export function takeRequest(value: unknown, given: ModelRequest): ModelRequest | undefined {
  const request = value as Partial<ModelRequest> | null;
  if (typeof request !== 'object' || request === null || typeof request.provider !== 'string' || typeof request.model !== 'string') return undefined;
  if (!isArrayOf(request.system, isSection) || !isArrayOf(request.tools, isToolSpec) || !Array.isArray(request.messages)) return undefined;
  for (const [index, message] of request.messages.entries()) {
    if (message === given.messages[index] || checked.has(message)) continue;
    if (!isMessage(message)) return undefined;
    checked.add(deepFreeze(message));
  }
  Object.freeze(request.messages);
  deepFreeze(request.system);
  deepFreeze(request.tools);
  if (request.access !== undefined && !isAccess(deepFreeze(request.access))) return undefined;
  return Object.freeze(request as ModelRequest);
}

export function isMessage(value: unknown): value is Message {
  const message = value as Partial<Message> | null;
  return typeof message === 'object' && message !== null && (message.role === 'user' || message.role === 'assistant')
    && isArrayOf(message.content, ({ type }: { type?: unknown }) => typeof type === 'string');
}

function isArrayOf<T>(value: unknown, isItem: (item: T) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && isItem(item as T));
}

function isSection({ text }: SystemSection): boolean {
  return typeof text === 'string';
}

function isAccess(value: unknown): boolean {
  const access = value as Partial<ModelAccess> | null;
  return typeof access === 'object' && access !== null && typeof access.account === 'string'
    && (access.baseUrl === undefined || typeof access.baseUrl === 'string') && typeof access.authorize === 'function';
}

function isToolSpec({ name, description, inputSchema }: ToolSpec): boolean {
  return typeof name === 'string' && typeof description === 'string' && typeof inputSchema === 'object';
}
