import type { Block, ModelEvent, ModelRequest, Reply, Usage } from '../message.ts';
import { definePlugin, type PluginDefinition } from '../plugin.ts';

/** What a test model says at one step: a text, tool calls, a whole reply, an error to throw, or a function of the request. */
export type ScriptStep =
  | string
  | { text?: string; calls?: readonly { id?: string; name: string; input?: unknown }[]; usage?: Usage; blocks?: readonly Block[] }
  | Error
  | ((request: ModelRequest) => ScriptStep | AsyncIterable<ModelEvent>);

export interface TestModel { plugin: PluginDefinition; requests: ModelRequest[] }

/** A provider that says one step after the other, then “done”. It keeps the requests it got. */
export function testModel(steps: readonly ScriptStep[] = [], options: { name?: string; deltas?: number } = {}): TestModel {
  const requests: ModelRequest[] = [];
  let next = 0;
  const plugin = definePlugin({
    name: options.name ?? 'test-model',
    providers: [{
      name: 'test', models: ['model', 'other'],
      load: async () => ({
        stream: (request: ModelRequest): AsyncIterable<ModelEvent> => {
          requests.push(request);
          return play(steps[next++] ?? 'done', request, next, options.deltas);
        },
      }),
    }],
  });
  return { plugin, requests };
}

async function* play(step: ScriptStep, request: ModelRequest, number: number, deltas = 1): AsyncIterable<ModelEvent> {
  if (typeof step === 'function') {
    const made = step(request);
    if (typeof made === 'object' && Symbol.asyncIterator in made) return yield* made;
    return yield* play(made as ScriptStep, request, number, deltas);
  }
  if (step instanceof Error) throw step;
  const { text = '', calls = [], usage = { input: 10, output: 5 }, blocks } = typeof step === 'string' ? { text: step } : step;
  const made: Block[] = blocks !== undefined ? [...blocks] : [
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ id, name, input = {} }, index) => ({ type: 'tool-call' as const, id: id ?? `call-${number}-${index}`, name, input, complete: true as const })),
  ];
  yield { type: 'start', id: `reply-${number}`, model: request.model };
  for (const [index, block] of made.entries()) {
    if (block.type === 'text') for (let part = 0; part < deltas; part++) yield { type: 'text-delta', index, text: block.text.slice(Math.floor(block.text.length * part / deltas), Math.floor(block.text.length * (part + 1) / deltas)) };
    yield { type: 'block', index, block };
  }
  const reply: Reply = { status: 'complete', id: `reply-${number}`, model: request.model, stop: calls.length > 0 ? 'tool-calls' : 'end', blocks: made, usage };
  yield { type: 'end', reply, usage };
}
