/**
 * A process whose disk fails: for each fault a session of its own, which is gone on with when there is room again, and taken up again
 * afterwards. Tells on stdout what came of each: node fault-child.ts FOLDER EVERY OFFSET
 */
import { mkdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, DURABLE_EVENTS, definePlugin, type Kernel, type ModelRequest, type Session, type TurnEvent, type TurnResult } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import { arm, type Failing, FAILING, type Fault, tally } from './faults.ts';
import sessions from '../src/index.ts';
import { readEvents } from '../src/read-events.ts';
import { findFile, listSessions } from '../src/store.ts';
import { markingTools, readMarks } from './marking-tools.ts';
import { StrictModel } from './strict-model.ts';

const [folder = '', every = '1', offset = '0'] = process.argv.slice(2);
const CODES = ['ENOSPC', 'EIO', 'EDQUOT', 'EROFS'];
/** Those without which a session goes on: they end no turn. */
export const HARMLESS: ReadonlySet<Failing> = new Set(['closeSync', 'rmSync', 'renameSync', 'fsyncSync']);

interface Place { id: string; cwd: string; data: string; model: StrictModel; events: TurnEvent[] }

async function open({ id, cwd, data, model, events }: Place): Promise<{ kernel: Kernel; session: Session; repairs: readonly string[] }> {
  const provider = definePlugin({
    name: 'strict',
    providers: [{
      name: 'strict', models: ['model'],
      load: async () => ({
        async *stream({ messages }: ModelRequest) {
          const events = model.answer(id, messages);
          if (events === undefined) throw new Error(model.refused.at(-1));
          yield* events;
        },
      }),
    }],
  });
  const kernel = await createKernel({ plugins: [sessions, provider, markingTools(join(cwd, 'did')), allowAll], paths: { config: cwd, data, cache: cwd }, env: {} });
  const known = findFile(data, id) === undefined ? undefined : await (await kernel.service('sessions')).load(id);
  return { kernel, session: kernel.openSession({ id, cwd, history: known?.messages ?? [], sink: (event) => { events.push(event); } }), repairs: known?.repairs ?? [] };
}

/** Two turns while the disk fails, two when there is room again, and one of another process. */
async function go(id: string, fault: Fault | undefined): Promise<object> {
  const cwd = join(folder, id);
  mkdirSync(cwd);
  const place: Place = { id, cwd, data: join(cwd, 'data'), model: new StrictModel(), events: [] };
  arm(fault);
  const first = await open(place);
  const results: TurnResult[] = [];
  for (const text of ['one', 'two']) results.push(await first.session.runTurn({ text }));
  const { failures: early } = tally();
  if (fault?.forGood) arm(undefined);
  for (const text of ['three', 'four']) results.push(await first.session.runTurn({ text }));
  const inMemory = JSON.stringify(first.session.messages);
  await first.kernel.close();
  await listSessions(place.data);
  const { calls, failures } = tally();
  arm(undefined);
  const second = await open(place);
  const asKept = JSON.stringify(second.session.messages);
  const after = await second.session.runTurn({ text: 'five' });
  await second.kernel.close();

  const kept: TurnEvent[] = [];
  for await (const event of readEvents(findFile(place.data, id)!)) kept.push(event);
  const keyOf = ({ turnId, seq, type }: TurnEvent): string => `${turnId} ${seq} ${type}`;
  const keys = new Set(kept.map(keyOf));
  // An end that says that it could not be kept is not kept; what no turn waits for was told of, and confirmed by what came next.
  const confirmed = place.events.filter((event) => DURABLE_EVENTS.has(event.type) && !(event.type === 'turn-end' && event.error?.code === 'OBSERVER_FAILED'));
  const marks = readMarks(join(cwd, 'did'));
  const of = (type: TurnEvent['type']): string[] => kept.filter((event) => event.type === type && event.parentRunId === undefined).map(({ turnId }) => turnId);
  return {
    fault, failures: early + failures, calls,
    errors: results.flatMap(({ error }) => (error === undefined ? [] : [{ code: error.code, message: error.message, hint: error.hint }])),
    statuses: [...results, after].map(({ status }) => status),
    lost: confirmed.map(keyOf).filter((key) => !keys.has(key)),
    twice: marks.length - new Set(marks).size,
    unrecorded: marks.filter((mark) => !kept.some((event) => event.type === 'tool-start' && event.callId === mark)),
    isSame: inMemory === asKept, repairs: second.repairs, refused: place.model.refused,
    turns: of('input-accepted'), ends: of('turn-end'),
  };
}

const tell = (line: object): void => { writeSync(1, `${JSON.stringify(line)}\n`); };
const healthy = await go('healthy', undefined);
tell(healthy);
const { calls } = healthy as { calls: Partial<Record<Failing, number>> };
let number = 0;
for (const call of FAILING) {
  for (let at = 1; at <= (calls[call] ?? 0); at++) {
    const faults: Fault[] = [{ call, at, code: CODES[at % CODES.length]! }];
    if (call === 'writeSync') faults.push({ call, at, code: 'ENOSPC', how: 'torn' }, { call, at, code: '', how: 'short' });
    if (!HARMLESS.has(call)) faults.push({ call, at, code: CODES[(at + 1) % CODES.length]!, forGood: true, ...(call === 'writeSync' ? { how: 'torn' as const } : {}) });
    for (const fault of faults) if (number++ % Number(every) === Number(offset)) tell(await go(`case-${number}`, fault));
  }
}
