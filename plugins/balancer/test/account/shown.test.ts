import assert from 'node:assert/strict';
import type { Account, AccountEvent } from '../../src/account/account.ts';
import { explain } from '../../src/account/explain.ts';
import { formatAccount } from '../../src/account/format-account.ts';
import { formatExplanation } from '../../src/account/format-explanation.ts';
import { formatList } from '../../src/account/format-list.ts';
import { reduce } from '../../src/account/reduce.ts';
import { toShown } from '../../src/account/shown.ts';
import { added, T0 } from '../start-balancer.ts';

const LIMITED = { type: 'limited', accountId: 'id-work', atMs: T0, by: 'a test', untilMs: T0 + 300_000, reason: 'upstream_429_with_reset', status: 429 } as const satisfies AccountEvent;
const MADE = [added('work'), LIMITED].reduce<Account | undefined>(reduce, undefined)!;

describe('an account that is out, as people see it', () => {
  const shown = toShown(MADE, T0 + 1000);

  for (const width of [40, 80, 120]) {
    it(`says why in words, and fits a screen of ${width} columns`, () => {
      const texts = [formatList([shown], T0 + 1000, width), formatAccount(shown, T0 + 1000, width), formatExplanation(explain(MADE, { events: [added('work'), LIMITED], forgottenMs: null, nowMs: T0 + 1000 }), T0 + 1000, width)];

      for (const text of texts) {
        assert.doesNotMatch(text, /upstream_/);
        assert.deepEqual(text.split('\n').filter((line) => line.length > width), []);
      }
      assert.match(texts[0]!.replaceAll(/\s+/g, ' '), /for 4 min 59 s: its limit is reached/);
      assert.match(texts[1]!.replaceAll(/\s+/g, ' '), /State cooling until .*: its limit is reached/);
      assert.match(texts[2]!.replaceAll(/\s+/g, ' '), /What happened: .* limited until .* \(429\): its limit is reached \(a test\)/);
    });
  }

  it('keeps the code for programs', () => {
    assert.deepEqual(shown.state, { kind: 'cooling', untilMs: T0 + 300_000, reason: 'upstream_429_with_reset', streak: 1 });
  });
});
