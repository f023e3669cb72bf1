import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatHookList, type HookList } from '../../src/host/hook-report/list-taps.ts';
import type { Explanation } from '../../src/host/hook-report/explain-call.ts';
import type { TraceReport } from '../../src/host/hook-report/trace-report.ts';
import { linkPlugins } from '../support/link-plugins.ts';
import { conversation, createPlace, type Place } from '../support/pith.ts';

/** A company plugin that taps most hooks: it changes, refuses, breaks the cache, and throws. */
const COMPANY = `import { definePlugin, deny, STAGE } from '@pith/kernel';
export default definePlugin({
  name: 'company',
  setup({ hooks }) {
    hooks.input.tap('stamp', (input) => ({ ...input, text: input.text + ' TICKET-1' }));
    hooks.context.tap({ name: 'forget', stage: STAGE.late }, (request, turn) => (turn.step < 2 ? request : { ...request, messages: request.messages.slice(1) }));
    hooks.tool.tap({ name: 'redirect', zone: 'prepare', stage: -7 }, (next) => (call, turn) => next(call.name === 'write' ? { ...call, input: { ...call.input, path: 'safe/' + call.input.path } } : call, turn));
    hooks.tool.tap({ name: 'cache', timeoutMs: 1500, answers: true }, (next) => (call, turn) => next(call, turn));
    hooks.permission.tap('freeze', (call) => (call.name === 'write' ? deny('the release is frozen \\u001b[2J') : undefined));
    hooks.output.tap('loud', (event) => { if (event.type === 'tool-end') throw new Error('no network'); });
  },
});
`;
const lineOf = (text: string): number => COMPANY.split('\n').findIndex((line) => line.includes(text)) + 1;

describe('pith hooks', () => {
  let place: Place;
  let source: string;

  before(async () => {
    place = await createPlace({ isWarm: true });
    await linkPlugins(place, [
      { name: 'company', manifest: { capabilities: ['hook:input', 'hook:context', 'hook:tool', 'hook:permission', 'hook:output'] }, entry: COMPANY },
      { name: 'broken', entry: 'throw new Error("no licence");' },
    ]);
    source = join(place.folder, '../plugins/company/index.js');
    await place.write('one.json', conversation({ calls: [{ id: 'call-write', tool: 'write', input: { path: 'a.txt', content: 'x' } }, { id: 'call-read', tool: 'read', input: { path: 'one.json' } }] }, { calls: [{ id: 'look', tool: 'list', input: {} }] }, { text: 'refused' }));
    await place.write('two.json', conversation({ text: 'again' }));
    await place.pith(['run', '--model', './one.json', 'go']);
  });
  after(() => place.remove());

  const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await place.pith(['hooks', ...args, '--json'])).stdout) as T;

  describe('list', () => {
    it('shows every tap in running order, with its rule, and the hooks that nobody taps', async () => {
      const { hooks, blocked } = await json<HookList>('list');
      const taps = hooks.flatMap(({ hook, taps: of }) => of.map(({ plugin, tap, stage, timeoutMs, onFailure, guards, durable, answers }) => [hook, plugin, tap, stage, timeoutMs, onFailure, guards, durable, answers]));
      assert.deepEqual(taps.filter(([, plugin]) => plugin === 'company'), [
        ['input', 'company', 'stamp', 0, 10_000, 'turn ends', true, false, false],
        ['context', 'company', 'forget', 100, 10_000, 'turn ends', true, false, false],
        ['tool', 'company', 'redirect', -7, 10_000, 'model is told', true, false, false],
        ['tool', 'company', 'cache', 0, 1500, 'model is told', true, false, true],
        ['permission', 'company', 'freeze', 0, 10_000, 'denies', true, false, false],
        ['output', 'company', 'loud', 0, 10_000, 'reported', true, false, false],
      ]);
      assert.deepEqual(taps.filter(([, , , , , , , durable]) => durable).map(([, plugin, tap, , , rule]) => [plugin, tap, rule]), [['sessions', 'journal', 'turn ends']]);
      assert.deepEqual(hooks.map(({ hook }) => hook), ['input', 'context', 'model', 'tool', 'permission', 'output']);
      assert.equal(blocked, null);
      const { from, version, source: at } = hooks[0]!.taps.find(({ plugin }) => plugin === 'company')!;
      assert.deepEqual([from, version, at], ['link plugin company', '1.2.3', `${source}:${lineOf("'stamp'")}`]);
    });

    it('says once what was left out and what to do, and who guards', async () => {
      const { stdout, code } = await place.pith(['hooks', 'list']);
      assert.equal(code, 0);
      assert.equal(stdout.match(/no licence/g)?.length, 1);
      assert.match(stdout, /Left out: Plugin broken \(link plugin broken\) cannot be loaded: no licence\. Mend broken, or take it out\./);
      assert.match(stdout, /^No turn runs without company, permissions\.$/m);
      assert.match(stdout, /^company\/redirect +tool: prepare +-7 +10 s +model is told +link plugin company 1\.2\.3$/m);
    });

    it('reads well at 100 columns and at 40', async () => {
      for (const columns of [100, 40]) {
        const { stdout } = await place.pith(['hooks', 'list'], { env: { COLUMNS: String(columns) } });
        const [table] = stdout.split('\n\n');
        assert.ok(table!.split('\n').every((line) => line.length <= columns), stdout);
        assert.match(table!, columns === 100 ? /^company\/cache +tool: execute +normal +1\.5 s +model is told; answers +link/m : /^company\/cache\n {2}HOOK +tool: execute\n {2}STAGE +normal\n {2}LIMIT +1\.5 s\n {2}IF IT FAILS +model is told; answers\n {2}FROM +link plugin company/m);
      }
    });

    it('says that no turn runs where a guard did not load, and which hooks are silent', async () => {
      const other = await createPlace({ isWarm: true });
      await linkPlugins(other, [{ name: 'gate', manifest: { capabilities: ['hook:permission'] }, entry: 'export default {{{' }]);
      const { stdout, code } = await other.pith(['hooks', 'list']);
      assert.equal(code, 0);
      assert.match(stdout, /^No turn runs, since gate guards this installation\.$/m);
      assert.equal(stdout.match(/Unexpected token/g)?.length, 1);
      // All that pith comes with taps every hook.
      const list = JSON.parse((await other.pith(['hooks', 'list', '--json'])).stdout) as HookList;
      const alone = { ...list, hooks: list.hooks.map(({ hook, taps }) => ({ hook, taps: taps.filter(({ plugin }) => plugin === 'permissions') })) };
      assert.match(formatHookList(alone), /^Nobody taps input, context, model, tool\.$/m);
      await other.remove();
    });
  });

  describe('trace', () => {
    it('shows of the last turn what each tap did, what it added, and who broke the cache', async () => {
      const { taps, plugins, turns } = await json<TraceReport>('trace');
      const deeds = Object.fromEntries(taps.filter(({ plugin }) => plugin === 'company').map(({ tap, outcomes, brokePrefix }) => [tap, [outcomes, brokePrefix]]));
      assert.deepEqual(deeds, {
        stamp: [{ changed: 1 }, 0], forget: [{ passed: 1, changed: 2 }, 1], redirect: [{ changed: 1, passed: 2 }, 0], cache: [{ passed: 2 }, 0], freeze: [{ refused: 1, passed: 2 }, 0],
        loud: [{ passed: taps.find(({ tap }) => tap === 'loud')!.calls - 3, threw: 3 }, 0],
      });
      assert.equal(turns.length, 1);
      assert.ok(taps.find(({ tap }) => tap === 'forget')!.tokens < 0);
      assert.ok(taps.find(({ tap }) => tap === 'identity')!.tokens > 0);
      assert.ok(taps.every(({ ownMs }) => ownMs >= 0));
      const sum = plugins.find(({ plugin }) => plugin === 'company')!;
      assert.equal(sum.calls, taps.filter(({ plugin }) => plugin === 'company').reduce((calls, tap) => calls + tap.calls, 0));

      const { stdout } = await place.pith(['hooks', 'trace'], { env: { COLUMNS: '100' } });
      assert.match(stdout, /^company\/forget +context +1 passed, 2 changed +[\d.]+ ms +−\d+ +broken$/m);
      assert.match(stdout, /^company\/loud: no network \(\S*company\/index\.js:\d+\)$/m);
      assert.ok((await place.pith(['hooks', 'trace'], { env: { COLUMNS: '40' } })).stdout.split('\n\n')[1]!.split('\n').every((line) => line.length <= 40));
    });

    it('sums all turns of a session', async () => {
      const { sessionId } = await json<TraceReport>('trace');
      await place.pith(['run', '--continue', '--model', './two.json', 'more']);
      const { turns, taps } = await json<TraceReport>('trace', sessionId.slice(0, 17));
      assert.equal(turns.length, 2);
      assert.deepEqual(taps.find(({ tap }) => tap === 'stamp')?.outcomes, { changed: 2 });
      assert.equal((await json<TraceReport>('trace')).turns.length, 1);
    });

    it('has nothing where a run was not recorded, and a run goes on where none can be written', async () => {
      const other = await createPlace({ isWarm: true });
      const data = join(other.env['PITH_HOME']!, 'data');
      await other.pith(['run', '--no-session', 'hi']);
      assert.equal(await stat(join(data, 'traces')).catch(() => 'nothing'), 'nothing');
      const { code, stderr } = await other.pith(['hooks', 'trace']);
      assert.equal(code, 2);
      assert.match(stderr, /^pith: No turn of \S+ has left a trace\.\nRun one: pith run/);

      await mkdir(data, { recursive: true });
      await writeFile(join(data, 'traces'), 'in the way');
      const ran = await other.pith(['run', 'hi']);
      assert.equal(ran.code, 0);
      assert.match(ran.stderr, /What the plugins did in this turn could not be kept: /);
      await other.remove();
    });
  });

  describe('explain', () => {
    it('says who changed a call and how, what everybody thought, and who refused it, with file and line', async () => {
      for (const wanted of ['call-write', 'call-w', 'write']) {
        const call = await json<Explanation>('explain', wanted);
        assert.deepEqual([call.callId, call.tool, call.status, call.traced], ['call-write', 'write', 'refused', true], wanted);
        assert.deepEqual(call.asked, { id: 'call-write', name: 'write', input: { path: 'a.txt', content: 'x' } });
        assert.deepEqual(call.changes.map(({ tap, source: at, after }) => [tap, at, after.input]), [['redirect', `${source}:${lineOf("'redirect'")}`, { path: 'safe/a.txt', content: 'x' }]]);
        assert.deepEqual(call.opinions.map(({ plugin, tap, verdict, source: at }) => [plugin, tap, verdict, at]), [['company', 'freeze', 'deny', `${source}:${lineOf("'freeze'")}`], ['permissions', 'permissions', 'none', null]]);
        assert.deepEqual([call.decision?.verdict, call.decision?.by, call.decision?.kind], ['deny', 'company', 'denied']);
      }
      const { stdout } = await place.pith(['hooks', 'explain', 'call-write']);
      assert.match(stdout, /^Changed: by company\/redirect \(\S+index\.js:\d+\)\n {2}before \{"path":"a\.txt","content":"x"\}\n {2}after {2}\{"path":"safe\/a\.txt","content":"x"\}$/m);
      assert.match(stdout, /^Refused: by company \(a policy says no\): the release is frozen \\x1b\[2J$/m);
      assert.ok(!stdout.includes('\u001b'));
    });

    it('says of a call that ran who allowed it', async () => {
      const call = await json<Explanation>('explain', 'read');
      assert.deepEqual([call.status, call.decision?.verdict, call.decision?.by], ['done', 'allow', 'permissions']);
      assert.deepEqual(call.opinions.map(({ plugin, verdict }) => [plugin, verdict]), [['permissions', 'allow'], ['company', 'none']]);
    });

    it('names the nearest calls where there is none of that name', async () => {
      for (const [wanted, says, hint] of [
        ['call-wrote', /made no call "call-wrote"/, /Did you mean call-write/],
        ['call-', /"call-" is the beginning of 2 calls/, /Write more of one: call-write, call-read/],
        ['zzzzzzzzzzzz', /made no call "zzzzzzzzzzzz"/, /Its last calls are: call-write \(write\), call-read \(read\), look \(list\)/],
      ] as const) {
        const { code, stdout } = await place.pith(['hooks', 'explain', wanted, '--json']);
        const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } };
        assert.deepEqual([code, error.code], [2, 'CALL_NOT_FOUND']);
        assert.match(error.message, says);
        assert.match(error.hint, hint);
      }
    });

    it('explains as much as is known where the trace is gone', async () => {
      const traces = join(place.env['PITH_HOME']!, 'data/traces');
      for (const name of await readdir(traces)) await rm(join(traces, name));
      const { stdout, code } = await place.pith(['hooks', 'explain', 'call-write']);
      assert.equal(code, 0);
      assert.match(stdout, /Refused: by company/);
      assert.match(stdout, /The trace of that turn is not kept/);
    });

    it('says so where there is no session, and where a session made no call', async () => {
      const other = await createPlace({ isWarm: true });
      assert.match((await other.pith(['hooks', 'explain', 'bash'])).stderr, /There is no session of this folder/);
      await other.write('talk.json', conversation({ text: 'only words' }));
      await other.pith(['run', '--model', './talk.json', 'hi']);
      const { code, stderr } = await other.pith(['hooks', 'explain', 'bash']);
      assert.equal(code, 2);
      assert.match(stderr, /made no tool call\.\nAnother session: --session ID/);
      await other.remove();
    });
  });
});
