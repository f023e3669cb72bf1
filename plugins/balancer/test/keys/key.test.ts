import assert from 'node:assert/strict';
import type { PithError } from '@pith/kernel';
import { parseBudget, parseBudgets, periodAt, resetAfter, toDollars } from '../../src/keys/budget.ts';
import { checkKeyName, matchesModel, parseExpiry, parseModels } from '../../src/keys/key.ts';
import { createSecret, hashSecret, isSameHash, toHint } from '../../src/keys/secret.ts';

const NOW = Date.UTC(2026, 10, 22, 12);

describe('What a client key may do', () => {
  it('reads budgets to the millionth of a dollar', () => {
    assert.deepEqual(['5usd/day', '$0.07/month', '100 usd / total', '12.345678USD', '3'].map(parseBudget), [
      { amountMicroUsd: 5_000_000, per: 'day' }, { amountMicroUsd: 70_000, per: 'month' }, { amountMicroUsd: 100_000_000, per: 'total' },
      { amountMicroUsd: 12_345_678, per: 'total' }, { amountMicroUsd: 3_000_000, per: 'total' },
    ]);
  });

  it('refuses budgets that are none, and two for one period', () => {
    for (const text of ['', '0', '0usd/day', '-1usd/day', '1e9usd', '5eur/day', '5usd/week', '1.2345678usd', 'Infinity']) {
      assert.throws(() => parseBudget(text), { code: 'PROXY_KEY_VALUE_INVALID' }, text);
    }
    assert.throws(() => parseBudgets(['1usd/day', '2usd/day']), { code: 'PROXY_KEY_VALUE_INVALID', message: 'A key has one budget for each period; found two per day' });
  });

  it('knows when a budget is new: days and months of UTC', () => {
    const late = Date.UTC(2026, 11, 31, 23, 59, 59, 999);

    assert.deepEqual([periodAt('day', late), periodAt('month', late), periodAt('total', late)], ['2026-12-31', '2026-12', 'total']);
    assert.deepEqual([resetAfter('day', late), resetAfter('month', late), resetAfter('total', late)], [late + 1, late + 1, null]);
  });

  it('shows small sums as they are', () => {
    assert.deepEqual([5_000_000, 1_234_567, 70_000, 123, 0].map(toDollars), ['$5.00', '$1.23', '$0.07', '$0.000123', '$0.00']);
  });

  it('matches models by name, with a star for any rest', () => {
    const allowed = ['claude-*', 'gpt-5', '*-mini'];

    assert.deepEqual(['claude-opus-4-6', 'CLAUDE-x', 'gpt-5', 'gpt-5-pro', 'o4-mini', 'mini', 'xclaude-1', ''].map((name) => matchesModel(name, allowed)), [true, false, true, false, true, false, false, false]);
    assert.equal(matchesModel('aXbXc', ['a*b*c']), true);
    assert.equal(matchesModel('ab', ['ab*b']), false);
    assert.equal(matchesModel('a.c', ['abc']), false);
  });

  it('matches a name of many stars at once', () => {
    assert.equal(matchesModel('a'.repeat(200), [`${'a*'.repeat(90)}b`]), false);
  });

  it('refuses models and times that are none', () => {
    for (const text of ['', 'a,,b', 'a b', 'x\u0000']) assert.throws(() => parseModels(text), { code: 'PROXY_KEY_VALUE_INVALID' });
    for (const text of ['', 'soon', '0d', '2020-01-01', '2026-13-01', '30']) assert.throws(() => parseExpiry(text, NOW), { code: 'PROXY_KEY_VALUE_INVALID' });
  });

  it('reads when a key expires', () => {
    assert.deepEqual([parseExpiry('30d', NOW), parseExpiry('12h', NOW), parseExpiry('2026-12-31', NOW), parseExpiry('2026-12-31T10:00:00Z', NOW)],
      [NOW + 30 * 86_400_000, NOW + 12 * 3_600_000, Date.UTC(2027, 0, 1), Date.UTC(2026, 11, 31, 10)]);
  });

  it('has names that people can type', () => {
    checkKeyName('CI of team 7');
    for (const name of ['', ' ci', '-x', 'a\nb', 'x'.repeat(65)]) assert.throws(() => checkKeyName(name), (error: PithError) => error.code === 'PROXY_KEY_NAME_INVALID');
  });

  it('has a secret of 32 random bytes, of which a hash is kept', () => {
    const [one, other] = [createSecret(), createSecret()];

    assert.match(one, /^pith-[\w-]{43}$/);
    assert.notEqual(one, other);
    assert.equal(toHint(one), `pith-…${one.slice(-4)}`);
    assert.equal(isSameHash(hashSecret(one), hashSecret(one)), true);
    assert.equal(isSameHash(hashSecret(one), hashSecret(other)), false);
    assert.equal(isSameHash(hashSecret(one), ''), false);
  });
});
