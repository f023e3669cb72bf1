import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allow } from './hooks.ts';
import type { TurnEvent } from './event.ts';
import { createKernel, type Host, type Kernel, type KernelOptions } from './kernel.ts';
import type { Block, ModelEvent, ModelRequest, Reply, Usage } from './message.ts';
import { definePlugin, type PluginDefinition } from './plugin.ts';
import type { Session, SessionOptions } from './session.ts';

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

/** Allows everything; for tests that are not about permission. */
export const allowAll = definePlugin({
  name: 'allow-all', capabilities: ['permission:allow'],
  setup({ hooks }) { hooks.permission.tap('allow-all', () => allow('test')); },
});

/** A clock that moves only when told, ids that count, randomness that repeats. `sleep` moves the clock and returns. */
export function testHost(startMs = Date.UTC(2026, 0, 1)): Host & { advance(ms: number): void } {
  let nowMs = startMs;
  let ids = 0;
  let seed = 1;
  return {
    now: () => nowMs,
    advance: (ms) => { nowMs += ms; },
    newId: () => `id-${++ids}`,
    random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
    sleep: async (ms, signal) => { signal.throwIfAborted(); nowMs += ms; },
  };
}

export interface TestKernel {
  kernel: Kernel;
  session: Session;
  /** Everything the session's sink got. */
  events: TurnEvent[];
  /** A temporary folder, links resolved; the session's working folder. */
  folder: string;
  close(): Promise<void>;
}

/** A kernel with one session in a temporary folder. No home folder, network or clock of the machine is touched by it. */
export async function createTestKernel(options: KernelOptions & { session?: Partial<SessionOptions>; folder?: string } = {}): Promise<TestKernel> {
  const folder = options.folder ?? await realpath(await mkdtemp(join(tmpdir(), 'pith-test-')));
  const home = join(folder, '.pith-home');
  const events: TurnEvent[] = [];
  const kernel = await createKernel({
    env: {}, host: testHost(), ...options,
    paths: { config: join(home, 'config'), data: join(home, 'data'), cache: join(home, 'cache') },
  });
  const session = kernel.openSession({ cwd: folder, sink: (event) => { events.push(event); }, ...options.session });
  return {
    kernel, session, events, folder,
    close: async () => {
      await kernel.close();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface LoopbackServer {
  url: string;
  requests: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[];
  close(): Promise<void>;
}

/** An HTTP server on 127.0.0.1 that keeps what it was asked. */
export async function startServer(handle: (request: IncomingMessage & { text: string }, response: ServerResponse) => void | Promise<void>): Promise<LoopbackServer> {
  const requests: LoopbackServer['requests'] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8');
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: text });
    await handle(Object.assign(request, { text }), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
