import assert from 'node:assert/strict';
import { EXIT } from '@pith/kernel';
import { toFlagSentence } from '../../src/host/oclif-errors.ts';
import { toPrintSentence, toTaskHint } from '../../src/host/task-hint.ts';
import { createPlace, type Place } from '../support/pith.ts';

describe('a task that was typed where a command belongs', () => {
  let place: Place;
  before(async () => { place = await createPlace(); });
  after(() => place.remove());

  for (const [args, said] of [
    [['fix: the bug'], 'pith: There is no command "fix: the bug".\nTo have it done: pith run "fix: the bug". To talk about it: pith chat "fix: the bug". pith --help lists all commands.\n'],
    [['explain', 'this', '--model', 'x'], 'pith: There is no command "explain".\nTo have it done: pith run "explain this". To talk about it: pith chat "explain this". Did you mean: pith hooks explain, pith permissions explain? All commands: pith --help\n'],
    [['rnu'], 'pith: There is no command "rnu".\nDid you mean: pith run? All commands: pith --help\n'],
    [['run', '--print', 'hi'], 'pith: There is no flag --print: for one task without a chat type pith run "hi".\npith run --help shows what it takes.\n'],
    [['-p', 'fix the bug', '--output', 'json'], 'pith: There is no flag -p: for one task without a chat type pith run "fix the bug".\npith run --help shows what it takes.\n'],
  ] as const) {
    it(`leads to the command that does it: pith ${args.join(' ')}`, async () => {
      const { code, stderr } = await place.pith(args);
      assert.deepEqual([code, stderr], [EXIT.usage, said]);
    });
  }

  it('is left for the person to write where a shell would read it in another way, or where it is long', () => {
    for (const task of ['costs $5', 'say "hi"', 'back\\slash', 'a`b`', 'wow!', 'two\nlines', 'word '.repeat(20), '']) assert.equal(toTaskHint([task]), 'To have it done: pith run "…". To talk about it: pith chat "…".', task);
  });

  it('is nothing of other flags', () => {
    assert.equal(toPrintSentence('Nonexistent flag: --frobnicate\nSee more help with --help', ['x']), undefined);
    assert.match(toPrintSentence('Nonexistent flags: -q, --print\nSee more help with --help', [])!, /^There is no flag --print: /);
  });
});

describe('a number on the command line', () => {
  it('that cannot be one is said as a sentence: what the flag takes, and what was found', () => {
    assert.equal(toFlagSentence('Parsing --port \n\tExpected an integer but received: abc\nSee more help with --help'), '--port takes an integer; found "abc"');
    assert.equal(toFlagSentence('Parsing --port \n\tExpected an integer less than or equal to 65535 but received: 99999\nSee more help with --help'), '--port takes an integer less than or equal to 65535; found "99999"');
  });
});
