import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { foldOutcomes } from '../src/fold.ts';
import type { Handler } from '../src/handler.ts';
import type { HookVerdict, Outcome } from '../src/outcome.ts';

const handler = (n: number): Handler => ({ event: 'PreToolUse', matches: () => true, type: 'command', command: `hook-${n}`, once: false, async: false, layer: 'user', file: '/s.json', key: `k[${n}]` });
const outcomes = (...given: Partial<Outcome>[]): Outcome[] => given.map((one, n) => ({ handler: handler(n), ignored: [], ...one }));
const closed = (): 'closed' => 'closed';

describe('what several hooks said', () => {
  const ORDER: readonly HookVerdict[] = ['deny', 'defer', 'ask', 'allow'];

  it('comes to the strictest: deny, defer, ask, allow, whoever was first', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom<HookVerdict | undefined>(...ORDER, undefined)), (verdicts) => {
      const folded = foldOutcomes(outcomes(...verdicts.map((verdict) => (verdict === undefined ? {} : { verdict }))), closed);
      assert.equal(folded.verdict, ORDER.find((verdict) => verdicts.includes(verdict)));
    }));
  });

  it('has the reasons of all of the strictest, in the order of the files, each once', () => {
    const folded = foldOutcomes(outcomes({ verdict: 'allow', reason: 'fine' }, { verdict: 'deny', reason: 'b' }, { verdict: 'deny', reason: 'a' }, { verdict: 'deny', reason: 'b' }, { verdict: 'deny' }), closed);
    assert.deepEqual([folded.verdict, folded.reason, folded.source], ['deny', 'b\na', '/s.json, k[1]']);
  });

  it('has all texts in the order of the files, and the first that ends the turn', () => {
    const folded = foldOutcomes(outcomes({ context: 'x', block: 'first' }, { context: 'y', stop: 'enough' }, { block: 'second', stop: 'late' }), closed);
    assert.deepEqual([folded.contexts, folded.block, folded.stop], [['x', 'y'], 'first\nsecond', 'enough']);
  });

  it('names the failures that count, and only those', () => {
    const folded = foldOutcomes(outcomes({ failure: 'exit code 1' }, { failure: 'exit code 3' }), ({ handler: { command } }) => (command === 'hook-0' ? 'open' : 'closed'));
    assert.deepEqual(folded.failed, ['PreToolUse hook hook-1 (/s.json, k[1]) failed: exit code 3']);
  });

  it('steers no terminal', () => {
    const folded = foldOutcomes(outcomes({ verdict: 'deny', reason: 'no\u001b[2J\u202e\nway', stop: '\u0007' }), closed);
    assert.deepEqual([folded.reason, folded.stop], ['no\\x1b[2J\\u{202e}\nway', '\\x07']);
  });
});
