// What making room costs: the stages that need no model, over a long history; a look at a request that is not too long; and a
// step of a session in which room is made again and again. Run with: node --conditions=pith-source bench/compaction.bench.ts
import { createKernel, definePlugin, type Block, type Message, type ModelEvent, type TurnEvent } from '@pith/kernel';
import compaction from '@pith/plugin-compaction';
import { total } from '../plugins/compaction/src/history.ts';
import { lessen, type Pass } from '../plugins/compaction/src/pass.ts';
import { interleave, median, report } from './measure.ts';

const MESSAGES = 1000;
const RESULT_CHARACTERS = 3000;
const STEPS = 400;
const ROUNDS = 5;

/** A turn of reads, edits and commands, each of 3 KB; some of them again and again. */
function history(): Message[] {
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'the task' }] }];
  for (let step = 0; messages.length < MESSAGES; step++) {
    const [name, input] = step % 5 === 4 ? ['bash', { command: 'npm test' }] as const : ['read', { path: `src/${step % 150}.ts` }] as const;
    messages.push({ role: 'assistant', content: [{ type: 'text', text: `Step ${step}.` }, { type: 'tool-call', id: `c${step}`, name, input, complete: true }] });
    messages.push({ role: 'user', content: [{ type: 'tool-result', toolCallId: `c${step}`, content: [{ type: 'text', text: `${step} `.repeat(RESULT_CHARACTERS / 4).slice(0, step % 10 === 0 ? undefined : RESULT_CHARACTERS) }] }] });
  }
  return messages.slice(0, MESSAGES - 1);
}

/** A kernel's count of a message, which it knows of every message that was sent. */
const counts = new WeakMap<Message, number>();
function measure(message: Message): number {
  let tokens = counts.get(message);
  if (tokens === undefined) counts.set(message, tokens = message.content.reduce((sum, block) => sum + sizeOf(block), 0) / 4);
  return tokens;
}
function sizeOf(block: Block): number {
  if (block.type === 'text') return block.text.length;
  return block.type === 'tool-result' ? block.content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0) : JSON.stringify(block).length;
}

const messages = history();
const before = total(messages, measure);
const pass = (target: number): Pass => ({ messages, measure, overhead: 3000, goal: before * target, limit: before * 0.7, most: before, keepSteps: 4 });
const few = await interleave({
  'to 45 %': async () => { lessen(pass(0.45), before); },
  'as far as it goes': async () => { lessen({ ...pass(0.01), limit: before * 0.01 }, before); },
}, { warmUps: 20, rounds: 100 });

/** Asks for one file a step, and has an answer to a request for a summary. */
const model = definePlugin({
  name: 'bench',
  providers: [{
    name: 'bench', models: ['m'],
    load: async () => ({
      async* stream(request, turn): AsyncIterable<ModelEvent> {
        const text = request.purpose === 'turn' ? 'Next.' : 'All of it, in few words.';
        const call: Block = { type: 'tool-call', id: `c${turn.step}`, name: 'look', input: { path: `src/${turn.step}.ts` }, complete: true };
        yield { type: 'end', reply: { status: 'complete', id: null, model: 'm', stop: null, usage: null, blocks: [{ type: 'text', text }, ...(request.purpose === 'turn' && turn.step < STEPS ? [call] : [])] } };
      },
    }),
  }],
  tools: [{ name: 'look', description: 'Looks.', effect: 'read', inputSchema: { type: 'object' }, execute: async ({ path }: { path: string }) => `${path} `.repeat(RESULT_CHARACTERS / (path.length + 1)) }],
  capabilities: ['permission:allow'],
  setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'bench' })); },
});

/** Milliseconds of each step of one turn, from one request to the next. */
async function stepTimes(windowTokens: number | undefined): Promise<number[]> {
  const starts: number[] = [];
  const sink = ({ type }: TurnEvent): void => { if (type === 'context-ready') starts.push(performance.now()); };
  const kernel = await createKernel(windowTokens === undefined ? { plugins: [model] } : { plugins: [model, compaction], options: { compaction: { windowTokens } } });
  const { status } = await kernel.openSession({ cwd: '/', sink }).runTurn({ text: 'go' });
  if (status !== 'done') throw new Error(status);
  await kernel.close();
  return starts.slice(1).map((start, index) => start - starts[index]!);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** A mean over so many steps that several passes fall into them, without what a collection of garbage makes long. */
const stretch = (values: readonly number[]): number => mean(values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length * 0.95)));

await stepTimes(32_000);
const [full, roomy, bare]: number[][][] = [[], [], []];
for (let round = 0; round < ROUNDS; round++) {
  full!.push(await stepTimes(32_000));
  roomy!.push(await stepTimes(100_000_000));
  bare!.push(await stepTimes(undefined));
}
const step = (rounds: readonly number[][]): number => median(rounds.map(median));
const flat = (times: readonly number[]): number => stretch(times.slice(-100)) / stretch(times.slice(50, 150));

report('compaction', [
  { name: `stages without a model, ${MESSAGES} messages, to 45 %`, unit: 'ms', must: 5, got: few['to 45 %'] },
  { name: `stages without a model, ${MESSAGES} messages, as far as it goes`, unit: 'ms', must: 5, got: few['as far as it goes'] },
  { name: 'a step of a session in which room is made again and again, mean', unit: 'ms', must: 2, got: median(full!.map(mean)) },
  { name: 'what a step costs more where nothing is to be done', unit: 'ms', must: 0.1, got: step(roomy!) - step(bare!) },
  { name: 'the last 100 of 400 steps to steps 50-150, room made', unit: '×', must: 1.25, got: median(full!.map(flat)) },
]);
