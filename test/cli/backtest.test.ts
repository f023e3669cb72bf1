import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { globSync } from 'node:fs';
import { allow, ask, createKernel, definePlugin, deny, EXIT, type ModelRequest } from '@pith/kernel';
import { testModel } from '@pith/kernel/testing';
import sessions from '../../plugins/sessions/src/index.ts';
import { createPlace, type Place } from '../support/pith.ts';

const SESSIONS = process.env['PITH_SOAK'] === undefined ? 20 : 200;

/** One planted rule: it refuses, asks about and changes, each one kind of call, and counts what else it is asked for. */
const RULE = `
import { appendFileSync } from 'node:fs';
import { ask, definePlugin, deny } from '@pith/kernel';

const touch = (what) => appendFileSync(process.env.TOUCHED, what + '\\n');

export default definePlugin({
  name: 'planted',
  after: ['permissions'],
  setup({ hooks }) {
    hooks.permission.tap('planted', (call, turn) => {
      if (!call.targets[0].path.endsWith(String(call.input.file))) throw new Error('the targets are not those of the call');
      if (turn.messages.length < 2 || turn.origin !== 'person') throw new Error('the turn is not that of the call');
      if (call.input.file === 'planted-refused') return deny('planted: no');
      if (call.input.file === 'planted-asked') return ask('planted: who knows');
      return undefined;
    });
    hooks.tool.tap({ name: 'changes', zone: 'prepare' }, (next) => (call, turn) =>
      next(call.input.text === 'secret' ? { ...call, input: { ...call.input, text: '***' } } : call, turn));
    hooks.tool.tap('execute', (next) => (call, turn) => { touch('execute'); return next(call, turn); });
    hooks.model.tap('model', (next) => (request, turn) => { touch('model'); return next(request, turn); });
    hooks.output.tap('output', () => touch('output'));
  },
});
`;

interface Backtested { sessions: number; calls: number; flipped: number; lacking: number; now: Record<string, number>; rows: { session: string; callId: string; then: string; now: string; reason: string; input: { file: string }; changedTo?: unknown }[] }

describe('pith hooks backtest', () => {
  let place: Place;
  /** Sessions in which something was planted, and how often. */
  const planted = { refused: 0, asked: 0, changed: 0 };
  let calls = 0;

  before(async () => {
    place = await createPlace({ isWarm: true });
    await place.write('rule.ts', RULE);
    const data = join(place.env['PITH_HOME']!, 'data');
    const write = { name: 'write', effect: 'write' as const, description: '', inputSchema: {}, targets: (input: { file: string }) => [{ family: 'Edit', path: `/x/${input.file}` }], execute: async () => 'written' };
    const rules = definePlugin({
      name: 'rules', capabilities: ['permission:allow'],
      setup({ hooks }) {
        hooks.permission.tap('rules', ({ input }) => (/forbidden/.test((input as { file: string }).file) ? deny('forbidden') : /doubtful/.test((input as { file: string }).file) ? ask('who knows') : allow('test')));
      },
    });
    let session = 0;
    const stepOf = (request: ModelRequest): { calls: { name: string; id: string; input: object }[] } | string => {
      if (request.messages.length > 3) return 'done';
      const isFirst = request.messages.length === 1;
      const file = (index: number): string => {
        if (!isFirst) return `plain-${index}`;
        if (session % 3 === 0 && index === 1) { planted.refused++; return 'planted-refused'; }
        if (session % 5 === 0 && index === 2) { planted.asked++; return 'planted-asked'; }
        return ['plain', 'forbidden', 'doubtful', 'doubtful-refused', 'other'][index]!;
      };
      const isSecret = (index: number): boolean => !isFirst && session % 4 === 0 && index === 0;
      return {
        calls: Array.from({ length: 5 }, (_, index) => {
          calls++;
          if (isSecret(index)) planted.changed++;
          return { name: 'write', id: `call-${request.messages.length}-${index}`, input: { file: file(index), text: isSecret(index) ? 'secret' : 'text' } };
        }),
      };
    };
    const kernel = await createKernel({
      plugins: [sessions, testModel(Array.from({ length: SESSIONS * 3 }, () => stepOf)).plugin, rules, definePlugin({ name: 'tools', tools: [write] })],
      paths: { config: data, data, cache: data }, env: {},
    });
    for (; session < SESSIONS; session++) {
      const one = kernel.openSession({ cwd: place.folder, asker: async ({ body }) => (body.includes('refused') ? { verdict: 'deny' } : { verdict: 'allow' }) });
      await one.runTurn({ text: 'write' });
      await one.close();
    }
    await kernel.close();
  });
  after(() => place.remove());

  const run = async (...args: string[]): Promise<Backtested> => {
    const { code, stdout, stderr } = await place.pith(['hooks', 'backtest', 'rule.ts', '--json', ...args], { env: { TOUCHED: join(place.folder, 'touched') } });
    assert.equal(code, EXIT.ok, stderr);
    return JSON.parse(stdout) as Backtested;
  };

  it(`flips exactly what was planted, in ${SESSIONS} sessions`, async () => {
    const { rows, ...sums } = await run();

    assert.deepEqual(sums, { rule: 'planted', sessions: SESSIONS, calls, flipped: planted.refused + planted.asked + planted.changed, lacking: 0, unreadable: [], now: sums.now });
    const count = (now: string, file: RegExp): number => rows.filter((row) => row.then === 'ran' && row.now === now && file.test(row.input.file)).length;
    assert.deepEqual({ refused: count('refused', /^planted-refused$/), asked: count('asked', /^planted-asked$/), changed: count('changed', /^plain-0$/) }, planted);
    assert.equal(rows.find(({ now }) => now === 'refused')!.reason, 'planted: no');
    assert.deepEqual(rows.find(({ now }) => now === 'changed')!.changedTo, { file: 'plain-0', text: '***' });
  });

  it('runs no tool, no model and no tap that does something', async () => {
    await run();
    assert.deepEqual(globSync('touched', { cwd: place.folder }), []);
  });

  it('shows the calls of one session to people, with what it would do and why', async () => {
    const { rows } = await run('--all');
    const { session } = rows.find(({ now }) => now === 'refused')!;
    const { stdout } = await place.pith(['hooks', 'backtest', 'rule.ts', '--session', session, '--all'], { env: { TOUCHED: 'touched', COLUMNS: '200' } });

    assert.match(stdout, /^SESSION +TOOL +INPUT +THEN +NOW +WHY$/m);
    assert.match(stdout, /write +\{"file":"planted-refused","text":"text"\} +ran +refused +planted: no$/m);
    assert.match(stdout, /10 calls of 1 session, \d of which would go otherwise than then/);
  });

  it('judges what a transcript without a recording holds, and says what it lacks', async () => {
    const tapes = globSync('**/*.tape', { cwd: place.env['PITH_HOME']! });
    assert.equal(tapes.length, SESSIONS);
    for (const tape of tapes) await rm(join(place.env['PITH_HOME']!, tape));

    const { flipped, lacking, calls: judged } = await run();

    assert.equal(flipped, planted.refused + planted.asked + planted.changed);
    assert.ok(lacking > 0);
    assert.equal(judged + lacking, calls);
  });

  it('says what is wrong with a file or a time that it cannot use', async () => {
    await place.write('nothing.ts', 'export const a = 1;\n');
    await place.write('broken.ts', 'export default {\n');
    const said = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await place.pith(['hooks', 'backtest', ...args]);
      return [code, stderr];
    };
    assert.match((await said('nothing.ts'))[1], /nothing\.ts does not export a plugin as default/);
    assert.match((await said('broken.ts'))[1], /The hook file broken\.ts cannot be loaded/); // HOOK_FILE_INVALID
    const [code, text] = await said('rule.ts', '--since', 'yesterday');
    assert.deepEqual([code, /--since yesterday is not accepted; allowed is/.test(text)], [EXIT.usage, true]);
    assert.match((await said('rule.ts', '--session', 'nobody'))[1], /There is no session "nobody"/);
  });
});
