// The kernel's own time a step: a provider that answers at once, a tool that does nothing, everything else as always.
// Run with: node --conditions=pith-source bench/steps.bench.ts
import { createKernel, definePlugin, type ModelEvent, type TurnEvent } from '@pith/kernel';
import { median, report } from './measure.ts';

const ROUNDS = 9;
const SIZES = [50, 200, 1000] as const;

/** Asks for one tool call a step, until the step that is the last. */
function plugin(steps: number) {
  return definePlugin({
    name: 'bench',
    providers: [{
      name: 'bench', models: ['m'],
      load: async () => ({
        async* stream(_, turn): AsyncIterable<ModelEvent> {
          yield { type: 'start', id: null, model: 'm' };
          yield { type: 'text-delta', index: 0, text: 'working' };
          yield {
            type: 'end',
            reply: {
              status: 'complete', id: null, model: 'm', stop: null, usage: { input: 10, output: 5 },
              blocks: turn.step < steps ? [{ type: 'text', text: 'working' }, { type: 'tool-call', id: `c${turn.step}`, name: 'noop', input: { path: `file-${turn.step}` }, complete: true }] : [{ type: 'text', text: 'done' }],
            },
          };
        },
      }),
    }],
    tools: [{ name: 'noop', description: 'Does nothing.', effect: 'write', inputSchema: { type: 'object' }, targets: ({ path }: { path: string }) => [{ family: 'Edit', path }], execute: async () => 'ok' }],
    capabilities: ['permission:allow'],
    setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'bench' })); },
  });
}

/** Milliseconds of each step of one turn, from one request to the next. */
async function stepTimes(steps: number): Promise<number[]> {
  const starts: number[] = [];
  const sink = ({ type }: TurnEvent): void => { if (type === 'context-ready') starts.push(performance.now()); };
  const kernel = await createKernel({ plugins: [plugin(steps)] });
  const { status } = await kernel.openSession({ cwd: '/', sink }).runTurn({ text: 'go' });
  if (status !== 'done') throw new Error(status);
  await kernel.close();
  return starts.slice(1).map((start, index) => start - starts[index]!);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** The mean of a stretch of steps, without the few that a collection of garbage fell into. */
const stretch = (values: readonly number[]): number => mean(values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length * 0.8)));

await stepTimes(1000); // The compiler has seen it all.
const rounds: Record<number, number[][]> = { 50: [], 200: [], 1000: [] };
for (let round = 0; round < ROUNDS; round++) for (const size of SIZES) rounds[size]!.push(await stepTimes(size));

const over = (size: number, measure: (times: readonly number[]) => number): number => median(rounds[size]!.map(measure));
const flat = (from: number, to: number) => (times: readonly number[]): number => stretch(times.slice(from, to)) / stretch(times.slice(5, 15));

report('steps', [
  ...SIZES.map((size) => ({ name: `a step, mean of ${size}`, unit: 'ms', must: 1, got: over(size, mean) })),
  { name: 'steps 185-199 to steps 5-15', unit: '×', must: 1.25, got: over(200, flat(184, 198)) },
  // A request of 2000 messages is a list of 2000 references: copied, frozen, and compared with the one before.
  { name: 'steps 985-999 to steps 5-15', unit: '×', must: 2, got: over(1000, flat(984, 998)) },
]);
