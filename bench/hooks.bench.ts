// What one tap of each hook costs: the difference between many taps and none, divided by what they did.
// Run with: node --conditions=pith-source bench/hooks.bench.ts
import { createKernel, definePlugin, deny, type Hooks, type Kernel, type ModelEvent, type PluginDefinition, type Reply } from '@pith/kernel';
import { interleave, report } from './measure.ts';

const TAPS = 10;
const STEPS = 100;
const ROUNDS = 41;

const usage = { input: 1, output: 1 };
const whole = (blocks: Reply['blocks']): ModelEvent => ({ type: 'end', reply: { status: 'complete', id: null, model: null, stop: null, blocks, usage } });

/** Asks for the tool `STEPS` times a turn, with so many deltas before each call. */
function provider(deltas: number): PluginDefinition {
  return definePlugin({
    name: 'provider',
    providers: [{
      name: 'bench', models: ['m'],
      load: async () => ({
        async* stream(_, turn) {
          for (let n = 0; n < deltas; n++) yield { type: 'text-delta', index: 0, text: 'x' };
          yield whole(turn.step < STEPS ? [{ type: 'tool-call', id: `c${turn.step}`, name: 'noop', input: {}, complete: true }] : []);
        },
      }),
    }],
    tools: [{ name: 'noop', description: '', effect: 'read', inputSchema: {}, execute: async () => '' }],
    capabilities: ['permission:allow'],
    setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'bench' })); },
  });
}

/** One turn with `TAPS` taps of one kind. */
async function turnWith(setup: (hooks: Hooks, name: string) => void, deltas: number): Promise<{ kernel: Kernel; run: () => Promise<void> }> {
  const taps = definePlugin({ name: 'taps', setup({ hooks }) { for (let n = 0; n < TAPS; n++) setup(hooks, `tap-${n}`); } });
  const kernel = await createKernel({ plugins: [provider(deltas), taps] });
  return {
    kernel,
    run: async () => {
      const { status, reason } = await kernel.openSession({ cwd: '/' }).runTurn({ text: 'go' });
      if (status !== 'done') throw new Error(reason ?? status);
    },
  };
}

const KINDS: Record<string, { setup: (hooks: Hooks, name: string) => void; perEvent?: true }> = {
  'nothing': { setup: () => {} },
  'context tap': { setup: (hooks, name) => hooks.context.tap(name, () => undefined) },
  'context tap that waits': { setup: (hooks, name) => hooks.context.tap(name, async () => undefined) },
  'context tap that changes': { setup: (hooks, name) => hooks.context.tap(name, (request) => ({ ...request })) },
  'permission tap': { setup: (hooks, name) => hooks.permission.tap(name, (call) => (call.name === 'rm' ? deny('no') : undefined)) },
  'prepare wrap': { setup: (hooks, name) => hooks.tool.tap({ name, zone: 'prepare' }, (next) => async (call, turn) => next(call, turn)) },
  'execute wrap': { setup: (hooks, name) => hooks.tool.tap(name, (next) => async (call, turn) => next(call, turn)) },
  'model wrap that looks': { setup: (hooks, name) => hooks.model.tap(name, (next) => async function* (request, turn) { for await (const event of next(request, turn)) yield event; }), perEvent: true },
  'model wrap that passes': { setup: (hooks, name) => hooks.model.tap(name, (next) => (request, turn) => next(request, turn)), perEvent: true },
  'observer': { setup: (hooks, name) => hooks.output.tap(name, () => {}), perEvent: true },
};

const FEW = 2;
const MANY = 102;
const kernels: Kernel[] = [];
const variants: Record<string, () => Promise<void>> = {};
for (const [kind, { setup, perEvent }] of Object.entries(KINDS)) {
  for (const deltas of perEvent || kind === 'nothing' ? [FEW, MANY] : [FEW]) {
    const { kernel, run } = await turnWith(setup, deltas);
    kernels.push(kernel);
    variants[`${kind}/${deltas}`] = run;
  }
}
const times = await interleave(variants, { rounds: ROUNDS });
for (const kernel of kernels) await kernel.close();

/** Microseconds of one tap in one step. */
const perStep = (kind: string, deltas = FEW): number => ((times[`${kind}/${deltas}`]! - times[`nothing/${deltas}`]!) * 1000) / (TAPS * STEPS);
/** Microseconds of one tap for one further event. */
const perDelta = (kind: string): number => (perStep(kind, MANY) - perStep(kind, FEW)) / (MANY - FEW);

const call = (name: string, must = 20) => ({ name: `${name}, a call`, unit: 'µs', must, got: perStep(name) });
const event = (name: string, must: number) => ({ name: `${name}, an event`, unit: 'µs', must, got: perDelta(name) });
report('hooks', [
  call('context tap'), call('context tap that waits'), call('context tap that changes'), call('permission tap'), call('prepare wrap'), call('execute wrap'),
  call('model wrap that looks'), event('model wrap that looks', 1), call('model wrap that passes'), event('model wrap that passes', 1), event('observer', 5),
]);
