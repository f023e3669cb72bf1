import assert from 'node:assert/strict';
import { after, before } from 'mocha';
import AccountsPeek from '../../src/commands/accounts/peek.ts';
import type { Peeked } from '../../src/engine/peek.ts';
import { runCommand } from '../run-command.ts';
import { added, createHome, type Home } from '../start-balancer.ts';

describe('pith accounts peek', () => {
  let home: Home;
  before(async () => { home = await createHome(); });
  after(() => home.remove());

  it('says what to do where there is no account', async () => {
    assert.equal((await runCommand(AccountsPeek, [], home.open)).out, 'There is no account yet. Add one with: pith accounts add NAME\n');
    assert.equal((await runCommand(AccountsPeek, ['--family', 'openai'], home.open)).out, 'There is no account of family openai yet. Add one with: pith accounts add NAME\n');
  });

  it('shows the order for a model, then who is out, why and until when, and changes nothing', async () => {
    const kernel = await home.open();
    const pool = await (await kernel.service('balancer')).pool();
    const nowMs = Date.now();
    await pool.append(added('second', { priority: 2, models: { 'claude-*': 'own/claude-*' } }));
    await pool.append(added('first', { priority: 1 }));
    await pool.append(added('resting', { priority: 0 }));
    await pool.append({ type: 'paused', accountId: 'id-resting', atMs: nowMs, by: 'a test', reason: 'holiday' });
    await pool.append(added('limited', { priority: 0 }));
    pool.note({ type: 'limited', accountId: 'id-limited', atMs: nowMs, by: 'a test', untilMs: nowMs + 3_600_000, reason: 'upstream_429_with_reset', status: 429 });
    await pool.flush();
    const events = (await pool.events('id-first')).length;

    const { out, result } = await runCommand(AccountsPeek, ['--model', 'claude-x', '--conversation', 'c-1'], home.open);

    const lines = out.trimEnd().split('\n').map((line) => line.trim().split(/\s{2,}/));
    assert.deepEqual(lines.map(([order, account]) => `${order} ${account}`), ['ORDER ACCOUNT', '1 first', '2 second', 'out limited', 'out resting']);
    assert.match(out, /own\/claude-x/);
    assert.match(out, /limited.*its limit is reached, until/);
    assert.deepEqual((result as Peeked[]).map(({ place, account, model, reason, retryAtMs }) => [place, account, model, reason, retryAtMs]), [
      [1, 'first', 'claude-x', 'session', null], [2, 'second', 'own/claude-x', 'failover', null],
      [null, 'limited', 'claude-x', 'cooling: upstream_429_with_reset', nowMs + 3_600_000], [null, 'resting', 'claude-x', 'paused: holiday', null],
    ]);
    assert.equal((await pool.events('id-first')).length, events);
  });
});
