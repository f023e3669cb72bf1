import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Failing, FAILING, type Fault } from './faults.ts';
import { makeFolders } from './helpers.ts';

const CHILD = fileURLToPath(new URL('fault-child.ts', import.meta.url));
const soak = process.env['PITH_SOAK'] !== undefined;
/** Of all faults, one in so many; the soak has all of them. A prime, so that it is not the same kind each time: they come in rows of one length. */
const EVERY = soak ? 1 : 41;

interface Outcome {
  fault?: Fault;
  failures: number;
  calls: Partial<Record<Failing, number>>;
  errors: { code: string; message: string; hint?: string }[];
  statuses: string[];
  lost: string[];
  twice: number;
  unrecorded: string[];
  isSame: boolean;
  repairs: string[];
  refused: string[];
  turns: string[];
  ends: string[];
}

describe('a session on a disk of which one call fails, or all from then on', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let outcomes: Outcome[] = [];
  before(async function () {
    this.timeout(soak ? 1_800_000 : 120_000);
    folders = await makeFolders();
    const offset = Math.floor(Math.random() * EVERY);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', CHILD, folders.cwd, String(EVERY), String(offset)], { maxBuffer: 1 << 28, env: { PATH: process.env['PATH'] ?? '' } });
    assert.equal(stderr, '');
    outcomes = stdout.trim().split('\n').map((line) => JSON.parse(line) as Outcome);
  });
  after(() => folders.remove());

  const each = (check: (outcome: Outcome, name: string) => void): void => {
    for (const outcome of outcomes) check(outcome, JSON.stringify(outcome.fault ?? 'healthy'));
  };

  it('meets every call by which an entry comes to the disk', () => {
    const [healthy, ...faulty] = outcomes;
    const used = FAILING.filter((call) => (healthy!.calls[call] ?? 0) > 0);
    assert.deepEqual(['openSync', 'writeSync', 'writeFileSync', 'fdatasync', 'fsyncSync', 'mkdirSync'].filter((call) => !used.includes(call as Failing)), []);
    assert.ok(faulty.length > (soak ? 500 : 20), String(faulty.length));
    assert.ok(faulty.filter(({ failures }) => failures > 0).length > faulty.length / 2);
  });

  it('loses nothing that was confirmed, and runs nothing that is not in the transcript, nor twice', () => {
    each(({ lost, unrecorded, twice }, name) => assert.deepEqual([lost, unrecorded, twice], [[], [], 0], name));
  });

  it('goes on when there is room again, and in another process with the same words as before', () => {
    each(({ statuses, isSame, refused, fault }, name) => {
      assert.deepEqual([refused, isSame, statuses.at(-1)], [[], true, 'done'], name);
      if (fault?.forGood) assert.deepEqual(statuses.slice(2, 4), ['done', 'done'], name);
    });
  });

  it('ends each turn once, and leaves no line that cannot be read', () => {
    each(({ turns, ends, repairs }, name) => {
      assert.equal(new Set(ends).size, ends.length, name);
      assert.deepEqual(turns.filter((turn) => !ends.includes(turn)), [], name);
      assert.deepEqual(repairs.filter((repair) => !/^The last turn broke off|was not run\.$|were not run\.$/.test(repair)), [], name);
    });
  });

  it('says in one sentence what failed and what to do, once for each turn that it ends', () => {
    each(({ errors, fault }, name) => {
      assert.ok(errors.length <= (fault?.forGood ? 2 : 1), name);
      for (const { code, message, hint } of errors) {
        assert.equal(code, 'OBSERVER_FAILED');
        assert.match(message, new RegExp(`^Plugin sessions could not keep an event \\(tap journal\\): The transcript .*\\.jsonl cannot be written: ${fault!.code}: `), name);
        assert.match(hint ?? '', fault!.code === 'ENOSPC' || fault!.code === 'EDQUOT' ? /^Make room on the disk, then go on with: / : /--no-session$/, name);
      }
    });
  });
});
