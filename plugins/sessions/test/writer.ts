/**
 * A process that writes a session, for tests: turn after turn, each event told on stdout once it is kept.
 * node writer.ts DATA CWD ID TURNS TEXT; with turns 0 it goes on until it is stopped.
 */
import { existsSync, writeSync } from 'node:fs';
import { createKernel, definePlugin, type TurnEvent } from '@pith/kernel';
import { allowAll, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';

const [data = '', cwd = '', id = '', turns = '1', text = 'hello'] = process.argv.slice(2);
const tools = definePlugin({
  name: 'tools',
  tools: [{ name: 'change', effect: 'write', description: '', inputSchema: {}, targets: () => [{ family: 'Edit', path: 'x' }], execute: async () => 'changed' }],
});
const steps = Array.from({ length: 20_000 }, (_, index) => (index % 2 === 0 ? { text: 'I change it.', calls: [{ name: 'change', input: { text } }] } : `done ${index}`));
const tell = (line: Record<string, unknown>): void => { writeSync(1, `${JSON.stringify(line)}\n`); };

const kernel = await createKernel({ plugins: [sessions, testModel(steps).plugin, tools, allowAll], paths: { config: data, data, cache: data }, env: {} });
const store = await kernel.service('sessions');
const known = existsSync(data) ? (await store.list()).some((session) => session.id === id) : false;
const history = known ? (await store.load(id)).messages : [];
const session = kernel.openSession({ id, cwd, history, sink: (event: TurnEvent) => tell({ seq: event.seq, type: event.type }) });
const last = turns === '0' ? Infinity : Number(turns);
for (let turn = 1; turn <= last; turn++) {
  const { status, error } = await session.runTurn({ text });
  tell({ status, ...(error === undefined ? {} : { code: error.code, message: error.message, hint: error.hint }) });
  if (status !== 'done') break;
}
if (process.argv[7] === 'hold') await new Promise((resolve) => { process.stdin.once('end', resolve).resume(); });
await kernel.close();
