/**
 * A process that takes a session up and goes on with it, turn after turn, for tests that kill it: node kill-child.ts DATA CWD ID SERVER TURNS
 * The model is a server that is asked over HTTP. Each event is told on stdout once it is kept, and each tool leaves its call in a file.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, definePlugin, type ModelEvent, type ModelRequest, type ToolContext, type ToolDeclaration, type TurnEvent } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import sessions from '../src/index.ts';

const [data = '', cwd = '', id = '', server = '', turns = '1'] = process.argv.slice(2);
const did = join(cwd, `${id}.did`);

const provider = definePlugin({
  name: 'remote',
  providers: [{
    name: 'remote', models: ['model'],
    load: async () => ({
      async *stream(request: ModelRequest): AsyncIterable<ModelEvent> {
        const response = await fetch(server, { method: 'POST', body: JSON.stringify(request.messages) });
        if (!response.ok) throw new Error(await response.text());
        for (const line of (await response.text()).split('\n')) if (line !== '') yield JSON.parse(line) as ModelEvent;
      },
    }),
  }],
});

const tool = (name: string, effect: ToolDeclaration['effect'], execute: (input: { mark: string }, context: ToolContext) => Promise<string>): ToolDeclaration<{ mark: string }> =>
  ({ name, effect, description: name, inputSchema: {}, targets: () => [{ family: name, name }], execute });
const leave = (mark: string): void => appendFileSync(did, `${mark}\n`);
const tools = definePlugin({
  name: 'tools',
  tools: [
    tool('look', 'read', async ({ mark }) => { leave(mark); return existsSync(did) ? `${readFileSync(did).length} bytes` : 'nothing'; }),
    tool('change', 'write', async ({ mark }) => { leave(mark); return 'changed'; }),
    tool('shell', 'exec', async ({ mark }) => String(spawnSync('sh', ['-c', 'echo "$1" >> "$2"', 'sh', mark, did]).status)),
    tool('agent', 'agent', async ({ mark }, { turn }) => { leave(mark); return (await turn.runSubTurn({ name: 'agent', text: 'as an agent' })).text; }),
  ],
});

const tell = (line: Record<string, unknown>): void => { writeSync(1, `${JSON.stringify(line)}\n`); };
const kernel = await createKernel({ plugins: [sessions, provider, tools, allowAll], paths: { config: data, data, cache: data }, env: {} });
const store = await kernel.service('sessions');
const known = existsSync(data) && (await store.list()).some((session) => session.id === id);
const session = kernel.openSession({ id, cwd, history: known ? (await store.load(id)).messages : [], sink: (event: TurnEvent) => tell({ seq: event.seq, type: event.type, turnId: event.turnId }) });
for (let turn = 1; turn <= Number(turns); turn++) {
  const { status, reason } = await session.runTurn({ text: 'go on' });
  tell({ status, reason });
  if (status !== 'done') break;
}
await kernel.close();
