import { deepFreeze } from './freeze.ts';
import type { Message, ModelRequest, SystemSection, ToolSpec } from './message.ts';
import { addedCharacters, blamePrefix, isExtension, type Stage, toPrefix } from './prefix.ts';
import type { Run } from './run.ts';

/** One run of the `context` hook, with what each tap made of the request. */
export interface ContextRun { run: Run; stages: Stage[] }

const CHARACTERS_A_TOKEN = 4;

/** The request of the next step: what the kernel has, then everybody's `context` taps. */
export async function assembleContext(run: Run, reason: 'step' | 'overflow'): Promise<ModelRequest> {
  const { generation, setup } = run;
  const base: ModelRequest = Object.freeze({
    provider: setup.provider, model: setup.model, system: setup.system, messages: Object.freeze(run.messages.slice()),
    tools: run.toolSpecs, purpose: 'turn', reason, options: setup.modelOptions,
  });
  const at: ContextRun = { run, stages: [{ plugin: 'kernel', request: base }] };
  const request = await generation.runContext(base, at);
  const before = run.prefix;
  const now = run.prefix = toPrefix(at.stages, before);
  const kept = before === undefined || isExtension(before, now);
  const culprit = kept ? undefined : blamePrefix(before, now);
  if (culprit !== undefined) run.trace.blamePrefix(run, culprit);
  const changedBy = culprit === undefined || culprit.plugin === 'kernel' ? run.historyChangedBy ?? 'kernel' : culprit.plugin;
  run.historyChangedBy = undefined;
  const head = 1 + request.system.length;
  await run.emit({
    type: 'context-ready', step: run.step, reason,
    tokens: { system: toTokens(now.sizes[head]! - now.sizes[1]!), tools: toTokens(now.sizes[1]!), messages: toTokens(now.sizes[now.count]! - now.sizes[head]!) },
    sections: request.system.map(({ id, owner, text, stability }) => ({ id, owner, stability, tokens: toTokens(text.length) })),
    dropped: droppedBy(at.stages),
    prefix: { hash: now.chain[now.length]!, messages: Math.max(0, now.length - head), kept, ...(kept ? {} : { changedBy }) },
  });
  return request;
}

function droppedBy(stages: readonly Stage[]): { plugin: string; messages: number }[] {
  return stages.slice(1)
    .map(({ plugin, request }, index) => ({ plugin, messages: stages[index]!.request.messages.length - request.messages.length }))
    .filter(({ messages }) => messages > 0);
}

function toTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

/** What a tap made longer, in tokens; below zero what it made shorter. */
export function addedTokens(before: ModelRequest, after: ModelRequest): number {
  const characters = addedCharacters(before, after);
  return Math.sign(characters) * toTokens(Math.abs(characters));
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

function isToolSpec({ name, description, inputSchema }: ToolSpec): boolean {
  return typeof name === 'string' && typeof description === 'string' && typeof inputSchema === 'object';
}
