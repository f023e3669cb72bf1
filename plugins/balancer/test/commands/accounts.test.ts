import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { Kernel } from '@pith/kernel';
import { after, before, beforeEach } from 'mocha';
import type { AccountEvent } from '../../src/account/account.ts';
import { confirmName } from '../../src/account/confirm-name.ts';
import { fold, NOTHING } from '../../src/account/event-store.ts';
import { formatList } from '../../src/account/format-list.ts';
import { toShown } from '../../src/account/shown.ts';
import AccountsExplain from '../../src/commands/accounts/explain.ts';
import Accounts from '../../src/commands/accounts/index.ts';
import AccountsList from '../../src/commands/accounts/list.ts';
import AccountsPause from '../../src/commands/accounts/pause.ts';
import AccountsPriority from '../../src/commands/accounts/priority.ts';
import AccountsRemove from '../../src/commands/accounts/remove.ts';
import AccountsRename from '../../src/commands/accounts/rename.ts';
import AccountsResume from '../../src/commands/accounts/resume.ts';
import AccountsShow from '../../src/commands/accounts/show.ts';
import AccountsTier from '../../src/commands/accounts/tier.ts';
import type { AccountExplanation } from '../../src/account/explain.ts';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import { type CommandClass, runCommand, type Said } from '../run-command.ts';
import { added, createHome, type Home } from '../start-balancer.ts';

const SECRET = 'sk-ant-a-very-secret-key';

describe('pith accounts', () => {
  let home: Home;
  let kernel: Kernel;
  let pool: SharedPool;
  before(async () => {
    home = await createHome();
    kernel = await home.open();
    pool = await (await kernel.service('balancer')).pool();
  });
  after(() => home.remove());
  let name = '';
  let id = '';
  let count = 0;
  /** Each test has an account of its own. */
  beforeEach(async () => {
    name = `work-${++count}`;
    ({ id } = await pool.append(added(name, { atMs: Date.now() })));
  });

  const run = (command: CommandClass, ...argv: string[]): Promise<Said> => runCommand(command, argv, home.open);
  const note = async (said: object): Promise<void> => {
    pool.note({ accountId: id, atMs: Date.now(), by: 'a test', ...said } as AccountEvent);
    await pool.flush();
  };
  const limited = (more: object = {}): Promise<void> => note({ type: 'limited', untilMs: Date.now() + 7_260_000, reason: 'too many requests', status: 429, ...more });

  it('says what to do where there is none', async () => {
    const empty = await createHome();

    const { out, result } = await runCommand(AccountsList, [], empty.open);

    assert.equal(out, 'There is no account yet. Add one with: pith accounts add NAME\n');
    assert.deepEqual(result, []);
    await empty.remove();
  });

  it('lists all, with why they are where they are, alone and as list', async () => {
    await limited();

    for (const command of [Accounts, AccountsList]) {
      const { out, result } = await run(command);

      assert.match(out, new RegExp(`^${name} +cooling +anthropic .* for 2 h( 1 min)?: too many requests`, 'm'));
      assert.equal((result as { name: string; state: { kind: string } }[]).find((account) => account.name === name)!.state.kind, 'cooling');
    }
  });

  it('can be read on every screen from 40 to 200 columns', () => {
    const nowMs = Date.now();
    const cooling = toShown(fold(NOTHING, [added('work'), { type: 'limited', accountId: 'id-work', atMs: nowMs - 90_000, by: 'a test', untilMs: nowMs + 7_260_000, reason: 'too many requests', status: 429 }]).accounts.get('id-work')!, nowMs);

    assert.equal(formatList([cooling], nowMs, 200), [
      'ACCOUNT  STATE    PROVIDER   PRIORITY  PAID BY  TIER  USED       WHY', 'work     cooling  anthropic         0  a key       1  1 min ago  for 2 h 1 min: too many requests',
    ].join('\n'));
    assert.equal(formatList([cooling], nowMs, 80), [
      'ACCOUNT  STATE    PROVIDER   USED       WHY', 'work     cooling  anthropic  1 min ago  for 2 h 1 min: too many requests',
    ].join('\n'));
    assert.equal(formatList([cooling], nowMs, 40), ['work', '  STATE     cooling', '  PROVIDER  anthropic', '  PRIORITY  0', '  USED      1 min ago', '  WHY       for 2 h 1 min: too many', '            requests'].join('\n'));
  });

  it('shows one by name in any letter case, or by id, and names near ones where there is none of that name', async () => {
    const { out } = await run(AccountsShow, name.toUpperCase());
    const { error } = await run(AccountsShow, `${name}x`);

    assert.match(out, new RegExp(`^Account +${name}\nId +${id}\nState +active\nProvider +anthropic \\(speaks anthropic\\)$`, 'm'));
    assert.equal((await run(AccountsShow, id)).error, undefined);
    assert.deepEqual([error!.code, error!.exitCode, error!.message], ['ACCOUNT_NOT_FOUND', 2, `There is no account "${name}x"`]);
    assert.match(error!.hint!, new RegExp(`^Did you mean .*${name}`));
  });

  it('pauses one, and lets it go on', async () => {
    await run(AccountsPause, name, '--reason', 'the bill');
    const shown = await run(AccountsShow, name);
    const { out } = await run(AccountsResume, name);

    assert.match(shown.out, /^State +paused since .*: the bill$/m);
    assert.equal(out, `${name} takes requests.\n`);
  });

  it('lets one that is cooling go on only where it is said that it is to', async () => {
    await limited();
    await limited({ model: 'opus' });

    const first = await run(AccountsResume, name);
    const second = await run(AccountsResume, name, '--now');

    assert.match(first.out, /is not paused, and is cooling until .*: too many requests\. To let it go on now: pith accounts resume work-\d+ --now\n$/);
    assert.equal(second.out, `${name} takes requests.\n`);
    assert.deepEqual((second.result as { coolingModels: object }).coolingModels, {});
  });

  it('says what resuming does not help', async () => {
    await limited({ model: 'opus' });
    const model = await run(AccountsResume, name);
    await note({ type: 'refresh-failed', reason: 'invalid_grant', isFinal: true, retryAtMs: 0 });
    const signIn = await run(AccountsResume, name, '--now');

    assert.match(model.out, /takes requests, but not for opus yet; with --now for all/);
    assert.match(signIn.out, /needs a sign-in: pith accounts reauth work-\d+\n$/);
  });

  it('renames one, whose old name is free again', async () => {
    await run(AccountsRename, name, `${name} office`);

    assert.equal((await run(AccountsShow, `${name} office`)).error, undefined);
    await pool.append(added(name, { accountId: `${id}-2` }));
    const taken = await run(AccountsRename, `${name} office`, name);
    const odd = await run(AccountsRename, name, 'a\u202eb');

    assert.deepEqual([taken.error!.code, odd.error!.code], ['ACCOUNT_NAME_TAKEN', 'ACCOUNT_NAME_INVALID']);
  });

  it('sets priority and tier, and says what they can be', async () => {
    assert.equal((await run(AccountsPriority, name, '10')).out, `${name} has priority 10.\n`);
    assert.equal((await run(AccountsTier, name, '5')).out, `${name} has tier 5.\n`);
    assert.equal((await run(AccountsTier, name, 'limits')).out, `${name} has tier 1, and follows its limits.\n`);
    for (const [command, value] of [[AccountsPriority, '101'], [AccountsPriority, 'high'], [AccountsPriority, '1e1'], [AccountsTier, '0'], [AccountsTier, '1.5']] as const) {
      const { error } = await run(command, name, value);
      assert.deepEqual([error?.code, error?.exitCode], ['ACCOUNT_VALUE_INVALID', 2], value);
    }
  });

  describe('remove', () => {
    beforeEach(async () => (await kernel.service('vault')).set(`anthropic/${id}`, SECRET));
    const secret = async (): Promise<unknown> => (await kernel.service('vault')).get(`anthropic/${id}`);

    it('takes an account and its secret where its name is said twice, and gives its name free', async () => {
      const { out } = await run(AccountsRemove, name, '--confirm', name);

      assert.equal(out, `${name} is removed, and its secret with it.\n`);
      assert.equal(await secret(), undefined);
      assert.equal((await run(AccountsShow, name)).error!.code, 'ACCOUNT_NOT_FOUND');
      await pool.append(added(name, { accountId: `${id}-2` }));
    });

    it('takes nothing where another name is said, or nobody can be asked', async () => {
      const other = await run(AccountsRemove, name, '--confirm', `${name}x`);

      assert.deepEqual([other.error!.code, other.error!.exitCode, other.error!.message], ['ACCOUNT_NOT_REMOVED', 2, `"${name}x" is not the name "${name}", so the account stays`]);
      await assert.rejects(confirmName(name, undefined, { input: Object.assign(new PassThrough(), { isTTY: false }), output: new PassThrough() }), { code: 'ACCOUNT_NOT_REMOVED', exitCode: 2, message: `Nobody is there to confirm that ${name} goes`, hint: `pith accounts remove ${name} --confirm ${name}` });
      assert.equal(await secret(), SECRET);
    });

    for (const [what, typed, isRight] of [['the name', 'work\n', true], ['the name with blanks around it', '  work \n', true], ['a yes', 'yes\n', false], ['nothing', '\n', false], ['the end of the input', '', false]] as const) {
      it(`asks a person for the name, and takes ${what} as ${isRight ? 'a' : 'no'} confirmation`, async () => {
        const input = Object.assign(new PassThrough(), { isTTY: true });
        const output = new PassThrough();
        input.end(typed);

        const asked = confirmName('work', undefined, { input, output });

        if (isRight) await asked;
        else await assert.rejects(asked, { code: 'ACCOUNT_NOT_REMOVED' });
        assert.match(String(output.read()), /To remove work, type its name: /);
      });
    }

    it('is interrupted by Ctrl-C, as every question', async () => {
      const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
      const asked = confirmName('work', undefined, { input, output: Object.assign(new PassThrough(), { isTTY: true }) });
      input.write('wo\u0003');

      await assert.rejects(asked, { code: 'INTERRUPTED', exitCode: 130 });
    });
  });

  describe('explain', () => {
    it('tells all that was not said of windows, however much of that came, and a refresh once', async () => {
      for (let version = 1; version <= 3; version++) {
        await note({ type: 'refresh-started' });
        await note({ type: 'refreshed', tokenVersion: version, expiresAtMs: null });
      }
      for (let time = 0; time < 1100; time++) pool.note({ type: 'windows', accountId: id, atMs: Date.now(), by: 'a test', windows: {} });
      await pool.flush();

      const { story } = (await run(AccountsExplain, name)).result as AccountExplanation;

      assert.deepEqual(story.map(({ text, times }) => [text, times]).slice(1), [['its token is number 3', 3]]);
      assert.match(story[0]!.text, /^added: anthropic at https:\/\/api\.anthropic\.com, paid by a key, priority 0, tier 1$/);
    });

    it('tells what happened, what came again and again once, and what would change it', async () => {
      for (let time = 0; time < 12; time++) await limited({ requestId: `req_${time}` });
      await run(AccountsPause, name, '--reason', 'the bill');

      const { out, result } = await run(AccountsExplain, name);

      const { state, story, changes, forgottenMs } = result as AccountExplanation;
      assert.equal(state.kind, 'paused');
      assert.equal(forgottenMs, null);
      assert.deepEqual(story.map(({ text, times }) => [text.split(' ')[0], times]), [['added:', 1], ['limited', 12], ['paused:', 1]]);
      assert.match(out, /limited until .* \(429\): too many requests, request req_11, 12 times \(a test\)$/m);
      assert.deepEqual(changes.map((change) => change.replace(/until .*?: too/, 'until …: too')), [
        `It stays paused until you say: pith accounts resume ${name}`, `Behind that, it is cooling until …: too many requests. To end that, too: pith accounts resume ${name} --now`,
      ]);
    });

    it('says that one request at a time tries an account that was limited again and again', async () => {
      for (let time = 5; time >= 1; time--) await limited({ atMs: Date.now() - time * 60_000, untilMs: Date.now() - time * 60_000 + (time === 1 ? 120_000 : 1000) });

      const { changes } = (await run(AccountsExplain, name)).result as AccountExplanation;

      assert.match(changes[0]!, /^It is back by itself at .*, and then one request at a time tries it, since it was limited 5 times in a row\. Now: /);
    });

    for (const [said, text, change] of [
      [{ type: 'refresh-failed', reason: 'invalid_grant', isFinal: true, retryAtMs: 0 }, /^work-\d+ needs a sign-in since .*: invalid_grant$/, /^It needs a person: pith accounts reauth work-\d+$/],
      [{ type: 'refresh-failed', reason: 'no answer', isFinal: false, retryAtMs: Date.now() + 3_600_000 }, /is cooling until .*: no answer$/, /^Its token is tried again at .* To sign in anew: pith accounts reauth work-\d+$/],
      [{ type: 'refresh-started' }, /is refreshing its token/, /ends by itself/],
      [{ type: 'windows', windows: { 'unified-5h': { utilization: 0.42 } } }, /is active; unified-5h 42 % used$/, /^It takes requests\. To keep them from it: pith accounts pause work-\d+$/],
      [{ type: 'limited', untilMs: Date.now() + 3_600_000, reason: '', status: 429, model: 'opus' }, /is active; opus cooling until /, /^Models that are cooling are back by themselves\. All of them now: pith accounts resume work-\d+ --now$/],
    ] as const) {
      it(`says why, and what would change it, after ${JSON.stringify({ ...said, ...('untilMs' in said ? { untilMs: 0 } : {}), ...('retryAtMs' in said ? { retryAtMs: 0 } : {}) })}`, async () => {
        await note(said);

        const explanation = (await run(AccountsExplain, name)).result as AccountExplanation;

        assert.match(explanation.text, text);
        assert.match(explanation.changes[0]!, change);
      });
    }
  });

  it('shows control characters of names and reasons as text, and a secret nowhere', async () => {
    await (await kernel.service('vault')).set(`anthropic/${id}`, SECRET);
    await run(AccountsPause, name, '--reason', 'a\u001b[2Jb');

    const outputs = await Promise.all([AccountsList, AccountsShow, AccountsExplain].map(async (command) => (await run(command, ...(command === AccountsList ? [] : [name]))).out));

    for (const out of outputs) {
      assert.match(out, /a\\x1b\[2Jb/);
      assert.ok(!out.includes(SECRET) && !out.includes('\u001b'));
    }
  });

  it('says so where a command was not started by pith', async () => {
    const { error } = await runCommand(AccountsList, [], async () => undefined as unknown as Kernel);

    assert.deepEqual([error!.code, error!.hint], ['BALANCER_ALONE', 'Start it as: pith accounts list']);
  });
});
