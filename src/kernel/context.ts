import { fingerprint } from './fingerprint.ts';
import type { Message, ModelRequest, SystemSection, ToolSpec } from './message.ts';
import type { Run } from './run.ts';

/** One run of the `context` hook, with what each tap made of the request. */
export interface ContextRun {
  run: Run;
  /** The request after each tap that changed it, with the plugin's name. */
  changes: { plugin: string; before: ModelRequest; after: ModelRequest }[];
}

/** What a request looked like up to each message; kept to see whether the next one only grows. */
export interface Prefix {
  system: readonly SystemSection[];
  tools: readonly ToolSpec[];
  head: string;
  messages: readonly Message[];
  /** `chain[i]` covers the head and the messages before `i`. */
  chain: readonly string[];
  /** Characters of the messages before `i`. */
  sizes: readonly number[];
  /** The end of the last cache breakpoint among the messages before `i`; 0 is none. */
  marks: readonly number[];
  /** How many messages the cached part holds. */
  length: number;
}

/** The request of the next step: what the kernel has, then everybody's `context` taps. */
export async function assembleContext(run: Run, reason: 'step' | 'overflow'): Promise<ModelRequest> {
  const { generation, setup, session } = run;
  const base: ModelRequest = Object.freeze({
    provider: setup.provider, model: setup.model, system: setup.system, messages: Object.freeze(run.messages.slice()),
    tools: generation.toolSpecs(setup.tools), purpose: 'turn', reason, options: session.modelOptions,
  });
  const at: ContextRun = { run, changes: [] };
  const request = await generation.runContext(base, at);
  const before = run.prefix;
  const prefix = run.prefix = toPrefix(request, before);
  const kept = before === undefined || isExtension(before, prefix);
  const changedBy = kept || before === undefined ? undefined : blamePrefix(before, at);
  await run.emit({
    type: 'context-ready', step: run.step, reason,
    tokens: { system: sum(request.system, ({ text }) => text.length), tools: toolTokens(request.tools), messages: Math.ceil(prefix.sizes.at(-1)! / 4) },
    sections: request.system.map(({ id, owner, text, stability }) => ({ id, owner, stability, tokens: Math.ceil(text.length / 4) })),
    dropped: at.changes.filter(({ before: a, after: b }) => b.messages.length < a.messages.length).map(({ plugin, before: a, after: b }) => ({ plugin, messages: a.messages.length - b.messages.length })),
    prefix: { hash: prefix.chain[prefix.length]!, messages: prefix.length, kept, ...(changedBy === undefined ? {} : { changedBy }) },
  });
  return request;
}

/** The first tap after which the request was no longer a continuation of what was sent before. */
function blamePrefix(before: Prefix, at: ContextRun): string {
  for (const { plugin, after } of at.changes) if (!isExtension(before, toPrefix(after, before))) return plugin;
  return 'kernel';
}

function isExtension(before: Prefix, now: Prefix): boolean {
  return now.chain[before.length] === before.chain[before.length];
}

/** What was computed for the request before is kept for as long as the messages are the same objects: a step costs what is new. */
function toPrefix(request: ModelRequest, before: Prefix | undefined): Prefix {
  const { system, tools, messages } = request;
  const head = before !== undefined && before.system === system && before.tools === tools ? before.head : hashHead(system, tools);
  let same = 0;
  if (before !== undefined && before.head === head) while (same < messages.length && before.messages[same] === messages[same]) same++;
  const chain = same > 0 ? before!.chain.slice(0, same + 1) : [head];
  const sizes = same > 0 ? before!.sizes.slice(0, same + 1) : [0];
  const marks = same > 0 ? before!.marks.slice(0, same + 1) : [0];
  for (let index = same; index < messages.length; index++) {
    const { hash: own, length, marked } = digest(messages[index]!);
    chain.push(fingerprint(chain[index]! + own));
    sizes.push(sizes[index]! + length);
    marks.push(marked ? index + 1 : marks[index]!);
  }
  return { system, tools, head, messages, chain, sizes, marks, length: marks.at(-1) || messages.length };
}

function hashHead(system: readonly SystemSection[], tools: readonly ToolSpec[]): string {
  return fingerprint(JSON.stringify([system.map(({ id, text }) => [id, text]), tools.map(({ name, description, inputSchema }) => [name, description, inputSchema])]));
}

const digests = new WeakMap<Message, { hash: string; length: number; marked: boolean }>();

/** Of a message without its cache markers, made once for each message object. */
function digest(message: Message): { hash: string; length: number; marked: boolean } {
  let known = digests.get(message);
  if (known === undefined) {
    let marked = false;
    const text = JSON.stringify([message.role, message.content], (key, value: unknown) => {
      if (key !== 'cache') return value;
      marked ||= value === true;
      return undefined;
    });
    known = { hash: fingerprint(text), length: text.length, marked };
    digests.set(message, known);
  }
  return known;
}

const toolSizes = new WeakMap<readonly ToolSpec[], number>();

function toolTokens(tools: readonly ToolSpec[]): number {
  let tokens = toolSizes.get(tools);
  if (tokens === undefined) {
    tokens = Math.ceil(JSON.stringify(tools.map(({ name, description, inputSchema }) => [name, description, inputSchema])).length / 4);
    toolSizes.set(tools, tokens);
  }
  return tokens;
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return Math.ceil(items.reduce((total, item) => total + size(item), 0) / 4);
}
