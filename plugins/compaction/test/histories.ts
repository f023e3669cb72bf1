import assert from 'node:assert/strict';
import type { Block, Message, ToolContent } from '@pith/kernel';
import * as fc from 'fast-check';
import type { Measure } from '../src/history.ts';

/** Four characters a token, pictures included: what a kernel without any usage says. */
export const measure: Measure = (message) => Math.ceil(JSON.stringify(message.content, (key, value: unknown) => (key === 'label' ? undefined : value)).length / 4);

export const text = (value: string, more: Partial<Block> = {}): Block => ({ type: 'text', text: value, ...more } as Block);
export const say = (...content: (string | Block)[]): Message => ({ role: 'user', content: content.map((block) => (typeof block === 'string' ? text(block) : block)) });
export const answer = (...content: (string | Block)[]): Message => ({ role: 'assistant', content: content.map((block) => (typeof block === 'string' ? text(block) : block)) });
export const call = (id: string, name = 'read', input: unknown = { path: `${id}.ts` }): Block => ({ type: 'tool-call', id, name, input, complete: true });
export const result = (id: string, content: string | readonly ToolContent[], isError?: true): Block => ({ type: 'tool-result', toolCallId: id, content: typeof content === 'string' ? [{ type: 'text', text: content }] : content, ...(isError === undefined ? {} : { isError }) });
export const lines = (characters: number, seed = 'x'): string => `${seed} is what stands in this line\n`.repeat(Math.ceil(characters / (seed.length + 29))).slice(0, characters);
export const pin = (name: string, value: string): Block => text(value, { label: { owner: 'rules', name, pinned: true } });
export const image = (size: number): Block & ToolContent => ({ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'A'.repeat(size) } });

/** A step with one call. */
export function step(id: string, output: string, name = 'read', input: unknown = { path: `${id}.ts` }): Message[] {
  return [answer(`Now ${id}.`, call(id, name, input)), say(result(id, output))];
}

const size = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }) }, { weight: 2, arbitrary: fc.integer({ min: 1000, max: 20_000 }) });
const output: fc.Arbitrary<readonly ToolContent[]> = fc.oneof(
  { weight: 8, arbitrary: size.map((length): ToolContent[] => [{ type: 'text', text: lines(length) }]) },
  { weight: 1, arbitrary: fc.tuple(size, size).map(([a, b]): ToolContent[] => [{ type: 'text', text: lines(a, 'a') }, { type: 'text', text: lines(b, 'b') }]) },
  { weight: 1, arbitrary: size.map((length): ToolContent[] => [image(length)]) },
  { weight: 1, arbitrary: fc.tuple(size, fc.nat(1000)).map(([length, number]): ToolContent[] => [{ type: 'text', text: lines(length) }, { type: 'text', text: `pinned-in-result-${number}.`, label: { owner: 'skills', name: `skill-${number}`, pinned: true } }]) },
);
interface Made { name: string; input: unknown; content: readonly ToolContent[]; isError: boolean; complete: boolean }
const made: fc.Arbitrary<Made> = fc.record({
  name: fc.constantFrom('read', 'bash', 'grep', 'edit', 'todo', 'jobs', 'mcp__x__y'),
  input: fc.oneof(fc.nat(4).map((number) => ({ path: `src/${number}.ts` })), fc.nat(4).map((number) => ({ path: `src/${number}.ts`, offset: number * 100, limit: 100 })), fc.constant({ command: 'npm test' }), fc.constant({}), fc.constant(null), fc.constant('text')),
  content: output, isError: fc.boolean(), complete: fc.boolean(),
});
const steps: fc.Arbitrary<(id: string) => Message[]> = fc.record({ thinks: fc.boolean(), says: fc.option(fc.nat(300)), calls: fc.array(made, { maxLength: 4 }), sealed: fc.boolean(), nested: fc.option(fc.nat(1000)) }).map(({ thinks, says, calls, sealed, nested }) => (id) => {
  const content: Block[] = [
    ...(thinks ? [{ type: 'thinking' as const, text: `thought ${id}`, signature: `signed-${id}` }] : []),
    ...(sealed ? [{ type: 'unknown' as const, rawType: 'reasoning', raw: { id, encrypted: lines(50) }, vendor: { provider: 'openai', raw: { id } } }, { type: 'server-tool-call' as const, id: `s${id}`, name: 'web', input: {} }, { type: 'server-tool-result' as const, toolUseId: `s${id}`, rawType: 'web', raw: {} }] : []),
    ...(says === null && calls.length > 0 ? [] : [text(`It says ${says} at ${id}. ${lines(says ?? 0)}`, { vendor: { provider: 'openai', raw: id } })]),
    // Ids of calls side by side need not differ.
    ...calls.map(({ name, input, complete }, index): Block => (complete ? call(`${id}-${index >> 1}`, name, input) : { type: 'tool-call', id: `${id}-${index >> 1}`, name, input: undefined, complete: false, raw: '{"pa' })),
  ];
  const results = calls.map(({ content, isError }, index) => result(`${id}-${index >> 1}`, content, isError ? true : undefined));
  const rules = nested === null ? [] : [pin(`nested-${nested}`, `pinned-${nested}.`)];
  return [{ role: 'assistant', content, id: `reply-${id}` }, ...(results.length + rules.length === 0 ? [] : [{ role: 'user' as const, content: [...results, ...rules] }])];
});
const input: fc.Arbitrary<(id: string) => Message> = fc.record({ length: fc.nat(200), picture: fc.boolean(), mention: fc.option(size), rule: fc.option(fc.nat(1000)) }).map(({ length, picture, mention, rule }) => (id) => say(
  `words-${id}. ${lines(length)}`,
  ...(mention === null ? [] : [text(lines(mention, 'file'), { label: { owner: 'input', name: `@file-${id}` } })]),
  ...(picture ? [image(100)] : []),
  ...(rule === null ? [] : [pin(`rule-${rule}`, `pinned-${rule}.`)]),
));

/** Histories as a kernel makes them: inputs, replies with calls side by side, results, what plugins have put in. */
export const histories: fc.Arbitrary<Message[]> = fc.array(fc.tuple(input, fc.array(steps, { maxLength: 8 })), { minLength: 1, maxLength: 5 })
  .map((turns) => turns.flatMap(([first, rest], turn) => [first(`${turn}`), ...rest.flatMap((each, at) => each(`${turn}.${at}`))]));

/** Everything that the vendors refuse. */
export function checkHistory(messages: readonly Message[]): void {
  assert.equal(messages[0]?.role, 'user');
  let open: string[] = [];
  for (const { role, content } of messages) {
    assert.ok(content.length > 0, 'an empty message');
    const answered = content.flatMap((block) => (block.type === 'tool-result' ? [block.toolCallId] : []));
    assert.deepEqual(answered.toSorted(), open.toSorted());
    open = content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
    assert.ok(open.length === 0 || role === 'assistant');
    for (const block of content) if (block.type === 'tool-result') assert.ok(block.content.length > 0);
  }
  assert.deepEqual(open, []);
}

/** All texts that carry the label of a pin. */
export function pinsOf(messages: readonly Message[]): Set<string> {
  const all = messages.flatMap(({ content }) => content.flatMap((block): (Block | ToolContent)[] => (block.type === 'tool-result' ? [...block.content] : [block])));
  return new Set(all.flatMap((block) => (block.label?.pinned === true && block.type === 'text' ? [block.text] : [])));
}

/** What the user said, in its order. */
export function wordsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ role, content }) => (role === 'user' ? content.flatMap((block) => (block.type === 'text' ? [...block.text.matchAll(/^words-[\d.]+\./g)].map(([words]) => words) : [])) : []));
}
