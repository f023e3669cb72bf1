/**
 * A process that takes a session up and goes on with it, turn after turn, for tests that kill it: node kill-child.ts DATA CWD ID SERVER TURNS
 * The model is a server that is asked over HTTP. Each event is told on stdout once it is kept, and each tool leaves its call in a file.
 */
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, definePlugin, type ModelEvent, type ModelRequest, type TurnEvent } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import sessions from '../src/index.ts';
import { markingTools } from './marking-tools.ts';

const [data = '', cwd = '', id = '', server = '', turns = '1'] = process.argv.slice(2);

const provider = definePlugin({
  name: 'remote',
  providers: [{
    name: 'remote', models: ['model'],
    load: async () => ({
      async *stream(request: ModelRequest): AsyncIterable<ModelEvent> {
        const response = await fetch(`${server}/${id}`, { method: 'POST', body: JSON.stringify(request.messages) });
        if (!response.ok) throw new Error(await response.text());
        for (const line of (await response.text()).split('\n')) if (line !== '') yield JSON.parse(line) as ModelEvent;
      },
    }),
  }],
});

const tell = (line: Record<string, unknown>): void => { writeSync(1, `${JSON.stringify(line)}\n`); };
const kernel = await createKernel({ plugins: [sessions, provider, markingTools(join(cwd, `${id}.did`)), allowAll], paths: { config: data, data, cache: data }, env: {} });
const store = await kernel.service('sessions');
const known = existsSync(data) && (await store.list()).some((session) => session.id === id);
const session = kernel.openSession({ id, cwd, history: known ? (await store.load(id)).messages : [], sink: (event: TurnEvent) => tell({ seq: event.seq, type: event.type, turnId: event.turnId }) });
for (let turn = 1; turn <= Number(turns); turn++) {
  const { status, reason } = await session.runTurn({ text: 'go on' });
  tell({ status, reason });
  if (status !== 'done') break;
}
await kernel.close();
