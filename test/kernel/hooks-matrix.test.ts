import assert from 'node:assert/strict';
import { definePlugin, HOOK_NAMES, type Hooks, type Reply, type Turn, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

// What becomes of each fault in each hook. `turn X`: the turn ends with X. `tool X`: the model is told X and the turn goes
// on. `denied`: counts as deny. `notice X`: reported, and nothing else. `fine`: no harm done. `-`: the hook has no `next`.
const TABLE = `
fault         input                    context                  model                    prepare                  execute                  permission  output             durable
throws        turn TAP_THREW           turn TAP_THREW           turn TAP_THREW           tool TAP_THREW           tool TAP_THREW           denied      notice TAP_THREW   turn OBSERVER_FAILED
rejects       turn TAP_THREW           turn TAP_THREW           turn TAP_THREW           tool TAP_THREW           tool TAP_THREW           denied      notice TAP_THREW   turn OBSERVER_FAILED
hangs         turn TAP_TIMEOUT         turn TAP_TIMEOUT         turn TAP_TIMEOUT         tool TAP_TIMEOUT         tool TAP_TIMEOUT         denied      notice TAP_TIMEOUT turn OBSERVER_FAILED
garbage       turn TAP_INVALID_RESULT  turn TAP_INVALID_RESULT  turn TAP_INVALID_RESULT  tool TAP_INVALID_RESULT  tool TAP_INVALID_RESULT  denied      fine               fine
null          turn TAP_INVALID_RESULT  turn TAP_INVALID_RESULT  turn TAP_INVALID_RESULT  tool TAP_INVALID_RESULT  tool TAP_INVALID_RESULT  denied      fine               fine
bad-then      turn TAP_THREW           turn TAP_THREW           turn TAP_THREW           tool TAP_THREW           tool TAP_THREW           denied      notice TAP_THREW   turn OBSERVER_FAILED
trap          turn TAP_THREW           turn TAP_THREW           turn TAP_THREW           tool TAP_THREW           tool TAP_THREW           denied      notice TAP_THREW   turn OBSERVER_FAILED
mutates       turn TAP_THREW           turn TAP_THREW           turn TAP_THREW           tool TAP_THREW           tool TAP_THREW           denied      notice TAP_THREW   turn OBSERVER_FAILED
exits         turn PLUGIN_EXIT         turn PLUGIN_EXIT         turn PLUGIN_EXIT         tool PLUGIN_EXIT         tool PLUGIN_EXIT         denied      notice TAP_THREW   turn OBSERVER_FAILED
exits-later   turn PLUGIN_EXIT         turn PLUGIN_EXIT         turn PLUGIN_EXIT         tool PLUGIN_EXIT         tool PLUGIN_EXIT         denied      notice TAP_THREW   turn OBSERVER_FAILED
forgets-next  -                        -                        turn TAP_SKIPPED_NEXT    tool TAP_SKIPPED_NEXT    tool TAP_SKIPPED_NEXT    -           -                  -
next-twice    -                        -                        turn TAP_NEXT_MISUSED    tool TAP_NEXT_MISUSED    tool TAP_NEXT_MISUSED    -           -                  -
next-late     -                        -                        fine                     fine                     fine                     -           -                  -
other-turn    -                        -                        turn TAP_NEXT_MISUSED    tool TAP_NEXT_MISUSED    tool TAP_NEXT_MISUSED    -           -                  -
`;

const LIMIT_MS = 50;
const REPLY: Reply = { status: 'complete', id: null, model: null, stop: 'end', blocks: [{ type: 'text', text: 'made up' }], usage: null };

/** What a tap does with what it was given, where the fault is not about `next`. */
function misbehave(fault: string, given: { inner: object }): unknown {
  switch (fault) {
    case 'throws': throw new Error('boom');
    case 'rejects': return Promise.reject(new Error('boom'));
    case 'hangs': return new Promise(() => {});
    case 'garbage': return 42;
    case 'null': return null;
    case 'bad-then': return { then() { throw new Error('boom'); } };
    case 'trap': return new Proxy({}, { get() { throw new Error('boom'); }, has() { throw new Error('boom'); }, ownKeys() { throw new Error('boom'); } });
    case 'mutates': return Object.assign(given.inner, { text: 'changed', 0: 'changed' }) && undefined;
    case 'exits': return process.exit(7);
    case 'exits-later': return Promise.resolve().then(() => process.exit(7));
    default: throw new assert.AssertionError({ message: `no fault ${fault}` });
  }
}

/** A wrap that misuses `next`. `made` is what it answers with by itself. */
function misuseNext<C, R>(fault: string, next: (call: C, turn: Turn) => R, { made, keepLate }: { made: R; keepLate: (late: () => unknown) => void }) {
  return (call: C, turn: Turn): R => {
    switch (fault) {
      case 'forgets-next': return made;
      case 'next-twice': next(call, turn); return next(call, turn);
      case 'next-late': keepLate(() => next(call, turn)); return next(call, turn);
      default: return next(call, { ...turn });
    }
  };
}

function tapWith(hooks: Hooks, hook: string, fault: string, keepLate: (late: () => unknown) => void): void {
  const tap = { name: 'bad', timeoutMs: LIMIT_MS };
  const isNextFault = /next|other/.test(fault);
  // The types forbid most of what is done here: that is the point.
  const answer = (inner: object) => misbehave(fault, { inner }) as never;
  switch (hook) {
    case 'input': return hooks.input.tap(tap, (input) => answer(input));
    case 'context': return hooks.context.tap(tap, (request) => answer(request.messages));
    case 'model': return hooks.model.tap(tap, (next) => (isNextFault
      ? misuseNext(fault, next, { made: (async function* () { yield { type: 'end' as const, reply: REPLY }; })(), keepLate })
      : (request) => answer(request.messages)));
    case 'prepare': return hooks.tool.tap({ ...tap, zone: 'prepare' }, (next) => (isNextFault
      ? misuseNext(fault, next, { made: Promise.resolve({ content: [] }), keepLate })
      : (call) => answer(call.input as object)));
    case 'execute': return hooks.tool.tap(tap, (next) => (isNextFault
      ? misuseNext(fault, next, { made: Promise.resolve({ content: [] }), keepLate })
      : (call) => answer(call.input as object)));
    case 'permission': return hooks.permission.tap(tap, (call) => answer(call.input as object));
    case 'output': return hooks.output.tap(tap, (event) => answer(event));
    default: return hooks.output.tap({ ...tap, durable: true }, (event) => answer(event));
  }
}

/** Taps every hook, does nothing, and counts. */
function witness(seen: Record<string, number>) {
  const count = (hook: string): void => { seen[hook] = (seen[hook] ?? 0) + 1; };
  return definePlugin({
    name: 'witness',
    setup({ hooks }) {
      hooks.input.tap('w', () => count('input'));
      hooks.context.tap('w', () => count('context'));
      hooks.model.tap('w', (next) => (request, turn) => { count('model'); return next(request, turn); });
      hooks.permission.tap('w', () => count('permission'));
      hooks.output.tap('w', (event) => { if (event.type === 'turn-end') count('turn-end'); });
    },
  });
}

async function runCell(hook: string, fault: string, required: boolean) {
  let late: (() => unknown) | undefined;
  let runs = 0;
  const seen: Record<string, number> = {};
  const culprit = definePlugin({ name: 'culprit', required, setup: ({ hooks }) => tapWith(hooks, hook, fault, (given) => { late ??= given; }) });
  const echo = definePlugin({
    name: 'echo', tools: [{ name: 'echo', description: 'Says it again.', effect: 'read', inputSchema: {}, execute: async ({ text }: { text: string }) => { runs++; return text; } }],
  });
  const model = testModel([{ calls: [{ name: 'echo', input: { text: 'hi' } }] }, 'it said hi']);
  const { kernel, session, events, close } = await createTestKernel({ plugins: [model.plugin, echo, allowAll, culprit, witness(seen)] });
  const result = await session.runTurn({ text: 'say hi' });
  await close();
  return { result, events, kernel, runs, seen, late, requests: model.requests };
}

const find = <T extends TurnEvent['type']>(events: readonly TurnEvent[], type: T) => events.find((event) => event.type === type) as Extract<TurnEvent, { type: T }> | undefined;

/** Two columns are kinds of taps of one hook. */
function toHook(column: string): string {
  if (column === 'prepare' || column === 'execute') return 'tool';
  return column === 'durable' ? 'output' : column;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

describe('a tap that misbehaves', () => {
  const [head, ...rows] = TABLE.trim().split('\n').map((line) => line.split(/ {2,}| (?=turn OBS)/));
  const hooks = head!.slice(1);

  it('has a column for every hook that is declared, and a cell for every fault', () => {
    assert.deepEqual(new Set(hooks.map(toHook)), new Set(HOOK_NAMES));
    for (const [fault, ...cells] of rows) assert.equal(cells.length, hooks.length, fault);
  });

  for (const [fault, ...cells] of rows) {
    for (const [index, hook] of hooks.entries()) {
      const expected = cells[index]!;
      if (expected === '-') continue;
      const [where, code] = expected.split(' ');
      for (const required of [false, true]) {
        it(`${fault} in ${hook}${required ? ' of a required plugin' : ''}: ${expected}`, async () => {
          await new Promise(setImmediate); // Mocha has set its own timer by now.
          const exit = process.exit;
          const timersBefore = timers();

          const { result, events, kernel, runs, seen, late, requests } = await runCell(hook, fault!, required);

          assert.equal(events.filter(({ type }) => type === 'turn-end').length, 1);
          assert.equal(seen['turn-end'], 1, 'other plugins see the end');
          assert.equal(process.exit, exit);
          assert.equal(timers(), timersBefore, 'nothing keeps the process');
          const culprit = { plugin: 'culprit', hook: toHook(hook), tap: 'bad' };
          if (where === 'turn') {
            assert.equal(result.status, 'error');
            assert.deepEqual({ code: result.error?.code, ...pick(result.error) }, { code, ...culprit });
            assert.equal(find(events, 'turn-end')?.error?.code, code);
            assert.equal(runs, 0);
          } else {
            assert.equal(result.status, 'done');
            assert.equal(requests.length, 2);
            assert.ok(seen['input'] === 1 && seen['context'] === 2 && seen['model'] === 2, 'other plugins are unharmed');
          }
          if (where === 'tool') {
            const end = find(events, 'tool-end');
            assert.equal(end?.status, 'error');
            assert.deepEqual({ code: end?.error?.code, ...pick(end?.error) }, { code, ...culprit });
            assert.equal(runs, fault === 'next-twice' ? 1 : 0);
            const told = JSON.stringify(requests[1]!.messages.at(-1));
            assert.match(told, fault === 'next-twice' ? /The tool itself had run/ : /The tool did not run/);
          }
          if (where === 'denied') {
            const decided = find(events, 'permission-decided');
            assert.equal(decided?.verdict, 'deny');
            assert.equal(decided?.kind, 'failed');
            assert.equal(decided?.by, 'culprit');
            assert.deepEqual(decided?.opinions.filter(({ failed }) => failed).map(({ plugin, tap }) => ({ plugin, tap })), [{ plugin: 'culprit', tap: 'bad' }]);
            assert.equal(seen['permission'], 1);
            assert.equal(runs, 0);
          }
          if (where === 'notice') {
            const [trouble, ...further] = kernel.troubles.map(({ plugin, tap, code }) => ({ plugin, tap, code }));
            assert.deepEqual(trouble, { plugin: 'culprit', tap: 'bad', code });
            // What waited behind the event that it hung at is lost to it, and counted.
            assert.deepEqual(further, fault === 'hangs' ? [{ plugin: 'culprit', tap: 'bad', code: 'OBSERVER_OVERFLOW' }] : []);
          }
          if (where === 'fine') {
            assert.equal(runs, 1);
            assert.deepEqual(kernel.troubles, []);
          }
          if (fault === 'next-late') assert.throws(() => late!(), { code: 'TAP_NEXT_MISUSED', plugin: 'culprit' });
        });
      }
    }
  }
});

function pick(error: { plugin?: string; hook?: string; tap?: string } | undefined) {
  return { plugin: error?.plugin, hook: error?.hook, tap: error?.tap };
}
