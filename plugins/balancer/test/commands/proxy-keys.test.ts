import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { Kernel } from '@pith/kernel';
import { after, before } from 'mocha';
import ProxyKeysAdd from '../../src/commands/proxy/keys/add.ts';
import ProxyKeys from '../../src/commands/proxy/keys/index.ts';
import ProxyKeysList from '../../src/commands/proxy/keys/list.ts';
import ProxyKeysPause from '../../src/commands/proxy/keys/pause.ts';
import ProxyKeysRemove from '../../src/commands/proxy/keys/remove.ts';
import ProxyKeysResume from '../../src/commands/proxy/keys/resume.ts';
import ProxyKeysRotate from '../../src/commands/proxy/keys/rotate.ts';
import ProxyKeysShow from '../../src/commands/proxy/keys/show.ts';
import { confirmKeyName } from '../../src/keys/change-key.ts';
import type { SharedKeys } from '../../src/keys/shared-keys.ts';
import type { ShownKey } from '../../src/keys/shown.ts';
import { type CommandClass, runCommand, type Said } from '../run-command.ts';
import { onEngines } from '../on-engines.ts';
import { added, type Home } from '../start-balancer.ts';

onEngines('pith proxy keys', (createHome) => {
  let home: Home;
  let kernel: Kernel;
  let keys: SharedKeys;
  before(async () => {
    home = await createHome();
    kernel = await home.open();
    const balancer = await kernel.service('balancer');
    await (await balancer.pool()).append(added('work', { atMs: Date.now() }));
    keys = await balancer.keys();
  });
  after(() => home.remove());
  const run = (command: CommandClass, ...argv: string[]): Promise<Said> => runCommand(command, argv, home.open);

  it('say what it means that there is none', async () => {
    assert.equal((await run(ProxyKeysList)).out, 'There is no client key, so whoever reaches the proxy may use it. Add one with: pith proxy keys add NAME\n');
  });

  it('are shown once, and count at once', async () => {
    const { out, result } = await run(ProxyKeysAdd, 'ci', '--accounts', 'WORK', '--models', 'claude-*,gpt-5', '--budget', '5usd/day', '--budget', '100usd/month', '--expires', '30d');
    const { key: secret, ...shown } = result as ShownKey & { key: string };
    const again = await run(ProxyKeysShow, 'CI');
    await keys.look();

    assert.ok(out.startsWith(`${secret}\n\nThis is the secret of ci. It is shown this once and kept nowhere; if it is lost: pith proxy keys rotate ci\n`));
    assert.equal(again.out.includes(secret), false);
    assert.deepEqual(again.result, shown);
    assert.deepEqual([shown.accounts, shown.models, shown.state, shown.hint], [['work'], ['claude-*', 'gpt-5'], 'active', `pith-…${secret.slice(-4)}`]);
    assert.deepEqual(shown.budgets.map(({ per, amountMicroUsd, spentMicroUsd }) => [per, amountMicroUsd, spentMicroUsd]), [['day', 5_000_000, 0], ['month', 100_000_000, 0]]);
    assert.deepEqual([...keys.check(secret)!.accounts!], ['id-work']);
    assert.match(again.out, /^ci\n {2}id .*\n {2}secret .*\(kept only as a hash\)\n {2}state +active\n/);
    assert.match(again.out, /budget +\$0\.00 of \$5\.00 a day spent, new at/);
  });

  it('are listed with what they may do', async () => {
    await run(ProxyKeysAdd, 'anything');
    const { out, result } = await run(ProxyKeys);

    assert.match(out, /^KEY +SECRET +STATE +MADE +MAY\n/);
    assert.match(out, /anything +pith-…\S{4} +active +(?:now|\d+ s ago) +everything\n/);
    assert.deepEqual((result as ShownKey[]).map(({ name }) => name), ['ci', 'anything']);
  });

  it('are paused, resumed and given another secret', async () => {
    const { key: secret } = (await run(ProxyKeysAdd, 'three')).result as { key: string };
    const paused = await run(ProxyKeysPause, 'three');
    await keys.look();
    assert.equal(keys.check(secret), undefined);
    await run(ProxyKeysResume, 'three');
    await keys.look();
    assert.notEqual(keys.check(secret), undefined);
    const { key: next } = (await run(ProxyKeysRotate, 'three')).result as { key: string };
    await keys.look();

    assert.equal(paused.out, 'three is paused. Requests that are under way go on. To resume it: pith proxy keys resume three\n');
    assert.deepEqual([keys.check(secret), keys.check(next)?.id === (paused.result as ShownKey).id], [undefined, true]);
  });

  it('go when their name is said, and make room for it', async () => {
    await run(ProxyKeysAdd, 'old');
    const wrong = await run(ProxyKeysRemove, 'old', '--confirm', 'other');
    const unsaid = await run(ProxyKeysRemove, 'old', '--confirm', '');
    const gone = await run(ProxyKeysRemove, 'old', '--confirm', 'old');

    assert.deepEqual([wrong.error?.code, unsaid.error?.code], ['PROXY_KEY_NOT_REMOVED', 'PROXY_KEY_NOT_REMOVED']);
    assert.equal(gone.out, 'old is removed. Programs that use it are refused from now on.\n');
    assert.equal((await run(ProxyKeysShow, 'old')).error?.code, 'PROXY_KEY_NOT_FOUND');
    assert.equal((await run(ProxyKeysAdd, 'old')).error, undefined);
  });

  it('ask whoever is at the terminal for the name, and keep the key where nobody is', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    input.end('old\n');

    await confirmKeyName('old', undefined, { input, output });

    assert.equal(output.read()?.toString(), 'Programs with this key are refused from then on. To remove old, type its name: ');
    await assert.rejects(confirmKeyName('old', undefined, { input: new PassThrough(), output }), { code: 'PROXY_KEY_NOT_REMOVED', message: 'Nobody is there to confirm that old goes' });
  });

  it('refuse names that are taken, and what is no account', async () => {
    await run(ProxyKeysAdd, 'Taken');

    assert.equal((await run(ProxyKeysAdd, 'taken')).error?.code, 'PROXY_KEY_NAME_TAKEN');
    assert.equal((await run(ProxyKeysAdd, 'x', '--accounts', 'nobody')).error?.code, 'ACCOUNT_NOT_FOUND');
    assert.equal((await run(ProxyKeysPause, 'takn')).error?.hint, 'Did you mean Taken?');
  });
});
