// Counting tokens without a tokenizer: how fast, how far off, and what a step of a long conversation costs.
// Run with: npm run bench tokens
import { estimateRequest, estimateText, type Message, type ModelRequest } from '@pith/kernel';
import samples from '../test/kernel/token-samples.json' with { type: 'json' };
import { finishRequest } from '../plugins/context/src/cache/tail.ts';
import { median, report } from './measure.ts';

const MESSAGES = 1000;
const STEPS = 200;
const text = samples.map((sample) => sample.text).join('\n').repeat(40);

function timesOf(rounds: number, work: () => unknown): number[] {
  return Array.from({ length: rounds }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
}

const errors = (pick: (sample: (typeof samples)[number]) => number): number => 100 * samples.reduce((sum, sample) => sum + Math.abs(estimateText(sample.text) / pick(sample) - 1), 0) / samples.length;

/** A conversation of so many messages, results of 3 KB in every second one. */
const messageAt = (index: number): Message => Object.freeze(index % 2 === 0
  ? { role: 'user' as const, content: Object.freeze([{ type: 'tool-result' as const, toolCallId: `c${index}`, content: [{ type: 'text' as const, text: text.slice(index * 50, index * 50 + 3000) }] }]) }
  : { role: 'assistant' as const, content: Object.freeze([{ type: 'tool-call' as const, id: `c${index + 1}`, name: 'read', input: { path: `file-${index}` }, complete: true as const }]) });

const tools = Object.freeze(Array.from({ length: 12 }, (_, index) => ({ name: `tool-${index}`, description: text.slice(index * 300, index * 300 + 300), inputSchema: {}, owner: 'bench' })));
const system = Object.freeze([{ id: 'identity', owner: 'bench', stability: 'stable' as const, text: text.slice(0, 4000) }]);
const history = Array.from({ length: MESSAGES }, (_, index) => messageAt(index));
const requestOf = (messages: readonly Message[]): ModelRequest => ({ provider: 'p', model: 'm', system, tools, messages, purpose: 'turn', reason: 'step', options: {} });

/** Each step has two messages more. */
function steps(work: (request: ModelRequest) => unknown): number {
  let messages: Message[] = history.slice(0, -1);
  work(requestOf(messages));
  return median(timesOf(STEPS, () => {
    messages = [...messages, messageAt(messages.length), messageAt(messages.length + 1)];
    return work(requestOf(messages));
  }));
}

const state = new Map<string, unknown>();
const turn = { session: { get: <T>(key: string, create: () => T): T => { if (!state.has(key)) state.set(key, create()); return state.get(key) as T; } }, parentRunId: undefined, runId: 'r', emit: () => undefined };

// The fastest: whatever else the machine does makes it slower, and nothing makes it quicker.
const msForAll = Math.min(...timesOf(30, () => estimateText(text)));
report('tokens', [
  { name: 'to estimate 1 MB of text', unit: 'ms', must: 10, got: msForAll / (Buffer.byteLength(text) / 1e6) },
  { name: 'off from o200k_base, mean over kinds of text', unit: '%', must: 8, got: errors(({ o200k }) => o200k) },
  { name: 'four characters a token, the same', unit: '%', must: 100, got: 100 * samples.reduce((sum, sample) => sum + Math.abs(sample.text.length / 4 / sample.o200k - 1), 0) / samples.length },
  { name: `a step at ${MESSAGES} messages: the estimate`, unit: 'ms', must: 1, got: steps((request) => estimateRequest(request)) },
  { name: `a step at ${MESSAGES} messages: tail and breakpoints`, unit: 'ms', must: 1, got: steps((request) => finishRequest(request, turn)) },
]);
