import { isDeepStrictEqual } from 'node:util';
import { describe } from '../errors.ts';
import type { Tested, TrySetting } from './lone-tap.ts';
import type { ModelRequest } from '../message.ts';
import type { ExampleHook, ExamplesByHook, ModelExample, TextPattern } from '../tap-example.ts';
import { tryTap } from './try-tap.ts';

/** What the tap made of an example, in words, and whether that is what was expected. */
export interface Judged { ok: boolean; got: string }

/** Tries an example with its tap, and compares. What the tap throws is thrown. */
export const JUDGES: { [H in ExampleHook]: (plugin: Tested, example: ExamplesByHook[H], setting: TrySetting) => Promise<Judged> } = {
  permission: async (plugin, { call, expect }, setting) => {
    const { opinion } = await tryTap.permission(plugin, call, setting);
    const { verdict, reason } = typeof expect === 'string' ? { verdict: expect, reason: undefined } : expect;
    if (opinion === undefined) return { ok: verdict === 'none' && reason === undefined, got: 'none' };
    // A guard that fails refuses, too, but not because of its rule.
    if (opinion.failed) return { ok: false, got: `threw: ${opinion.reason}` };
    return { ok: opinion.verdict === verdict && fits(opinion.reason, reason), got: say({ verdict: opinion.verdict, reason: opinion.reason }) };
  },

  tool: async (plugin, { call, expect }, setting) => {
    const further = typeof expect === 'object' && expect.name !== undefined ? [expect.name] : [];
    const { outcome, call: judged, ran, result, isError } = await tryTap.tool(plugin, call, setting, further);
    const isSame = ran && outcome === 'passed';
    const got = !ran ? `answered: ${say(result)}` : isSame ? 'same' : say({ name: judged?.name, input: judged?.input, result, ...(isError ? { isError } : {}) });
    if (expect === 'same' || expect === 'answered') return { ok: expect === 'same' ? isSame : !ran, got };
    const { name, input, result: wanted } = expect;
    const isCall = judged !== undefined && (name === undefined || name === judged.name) && (input === undefined || isDeepStrictEqual(toJson(input), toJson(judged.input)));
    return { ok: isCall && fits(result, wanted), got };
  },

  input: async (plugin, { call, expect }, setting) => {
    const { outcome, text, handled } = await tryTap.input(plugin, call, setting);
    const got = handled !== undefined ? say({ handled }) : outcome === 'passed' ? 'same' : say({ text });
    if (expect === 'same') return { ok: got === 'same', got };
    return { ok: 'handled' in expect ? handled !== undefined && fits(handled, expect.handled) : handled === undefined && fits(text, expect.text), got };
  },

  context: async (plugin, { call, expect }, setting) => {
    const { outcome, request, isPrefixKept } = await tryTap.context(plugin, call, setting);
    const text = allText(request);
    const got = outcome === 'passed' ? 'same' : say({ contains: text, prefix: isPrefixKept ? 'kept' : 'broken' });
    if (expect === 'same') return { ok: got === 'same', got };
    return { ok: contains(text, expect.contains) && (expect.prefix === undefined || isPrefixKept), got };
  },

  model: async (plugin, { call, expect }, setting) => {
    const { outcome, requests, reply } = await tryTap.model(plugin, call, setting);
    const own = requests.filter(({ purpose }) => purpose === 'turn');
    const request = own[0] === undefined ? '' : allText(own[0]);
    const isSame = outcome === 'passed' && own.length === 1 && reply === firstReply(call);
    const got = own.length === 0 ? `answered: ${say(reply)}` : isSame ? 'same' : say({ request, reply, calls: own.length });
    if (expect === 'same' || expect === 'answered') return { ok: expect === 'same' ? isSame : own.length === 0, got };
    return { ok: own.length > 0 && contains(request, expect.request) && fits(reply, expect.reply) && own.length === (expect.calls ?? own.length), got };
  },
};

/** `search` and not `test`: it forgets where it found something last. */
const found = (text: string, pattern: RegExp): boolean => text.search(pattern) !== -1;
const fits = (text: string, wanted: TextPattern | undefined): boolean => wanted === undefined || (typeof wanted === 'string' ? text === wanted : found(text, wanted));
const contains = (text: string, wanted: TextPattern | undefined): boolean => wanted === undefined || (typeof wanted === 'string' ? text.includes(wanted) : found(text, wanted));

/** What the model says where the example states nothing else. */
function firstReply(call: ModelExample['call']): unknown {
  return typeof call === 'string' ? 'done' : call.replies?.[0] ?? 'done';
}

/** System sections, then messages, one after the other. */
function allText({ system, messages }: ModelRequest): string {
  const blocks = messages.flatMap(({ content }) => content);
  return [...system.map(({ text }) => text), ...blocks.map((block) => ('text' in block ? block.text : ''))].filter((text) => text !== '').join('\n');
}

function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const WORDS: ReadonlySet<unknown> = new Set(['same', 'answered', 'none', 'deny', 'ask', 'allow']);
const SHOWN_LIMIT = 300;

/** A value in one line. */
export function say(value: unknown): string {
  if (WORDS.has(value)) return value as string;
  const shown = JSON.stringify(value, (_key, inner: unknown) => (inner instanceof RegExp ? String(inner) : inner)) ?? describe(value);
  return shown.length > SHOWN_LIMIT ? `${shown.slice(0, SHOWN_LIMIT)}…` : shown;
}
