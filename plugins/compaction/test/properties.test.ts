import assert from 'node:assert/strict';
import type { Message } from '@pith/kernel';
import * as fc from 'fast-check';
import { newestFrom, total } from '../src/history.ts';
import { makeRoom, type Pass, type Summarize } from '../src/pass.ts';
import { checkHistory, histories, measure, pinsOf, wordsOf } from './histories.ts';

const RUNS = process.env['PITH_SOAK'] === undefined ? 25 : 1500;

const SUMMARIES: Readonly<Record<string, Summarize | undefined>> = {
  'without a summary': undefined,
  'with a summary': async () => '## Task\nIt is summed up.',
  'with a summary that fails': async () => undefined,
  'with a summary as long as it may be': async (_, limitTokens) => 'long '.repeat(limitTokens * 4 / 5),
};
const passOf = (messages: readonly Message[], window: number): Pass => ({ messages, measure, overhead: 300, goal: window * 0.45, limit: window * 0.7, most: window * 0.9, keepSteps: 3 });

for (const [what, summarize] of Object.entries(SUMMARIES)) {
  describe(`making room in any history, ${what}`, function () {
    this.timeout(10_000 + RUNS * 60);
    const property = (check: (before: readonly Message[], after: Awaited<ReturnType<typeof makeRoom>>, pass: Pass) => void | Promise<void>) => fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 3000, max: 40_000 }), async (messages, window) => {
        const pass = passOf(messages, window);
        await check(messages, await makeRoom(pass, summarize), pass);
      }), { numRuns: RUNS, endOnFailure: true }, // What fails is too large to be made smaller in a sensible time.
    );

    it('leaves a conversation that both vendors take, and never a longer one', () => property((before, { messages, tokens, stages }) => {
      checkHistory(messages);
      assert.ok(total(messages, measure) <= total(before, measure));
      assert.ok(Math.abs(tokens - 300 - total(messages, measure)) < 1);
      for (const { tokensBefore, tokensAfter } of stages) assert.ok(tokensAfter < tokensBefore);
      for (const [index, { tokensBefore }] of stages.entries()) assert.equal(tokensBefore, index === 0 ? total(before, measure) + 300 : stages[index - 1]!.tokensAfter);
    }));

    it('keeps every pin, every word of the user in its order, and replies as they were', () => property((before, { messages }) => {
      assert.deepEqual([...pinsOf(before)].filter((pin) => !pinsOf(messages).has(pin)), []);
      assert.deepEqual(wordsOf(messages), wordsOf(before));
      const replies = before.filter(({ role }) => role === 'assistant');
      const kept = messages.filter(({ role }) => role === 'assistant');
      assert.deepEqual(kept, replies.slice(replies.length - kept.length));
      assert.ok(kept.every((message) => replies.includes(message)));
    }));

    it('leaves the newest step as it was where it fits', () => property((before, { messages, tokens }, { most }) => {
      const newest = newestFrom(before, { steps: 1, tokens: 0 }, measure);
      if (tokens > most || total(before.slice(newest), measure) > most / 2) return;
      const tail = before.slice(newest);
      assert.deepEqual(messages.slice(messages.length - tail.length), tail);
    }));

    it('holds all of that over many passes, in ever smaller windows, with one summary at most', () => property(async (before, first, pass) => {
      if (pass.most < 15_000) return; // There would be no room for all words.
      let { messages } = first;
      for (let share = 0.8; share > 0.2; share *= 0.7) {
        messages = (await makeRoom({ ...pass, messages, goal: pass.goal * share, limit: pass.limit * share, most: pass.most * share }, summarize)).messages;
        checkHistory(messages);
        assert.deepEqual([...pinsOf(before)].filter((pin) => !pinsOf(messages).has(pin)), []);
        assert.deepEqual(wordsOf(messages), wordsOf(before));
        const own = messages.flatMap(({ content }) => content.filter(({ label }) => label?.owner === 'compaction').map(({ label }) => label!.name));
        for (const name of ['summary', 'gap', 'todos']) assert.ok(own.filter((each) => each === name).length <= 1, name);
      }
    }));

    it('comes to the same bytes every time, and has nothing to do where that was done', () => property(async (before, after, pass) => {
      assert.equal(JSON.stringify((await makeRoom({ ...pass, messages: structuredClone(before) as Message[] }, summarize)).messages), JSON.stringify(after.messages));
      if (after.tokens > pass.goal || summarize !== undefined) return;
      assert.equal((await makeRoom({ ...pass, messages: after.messages }, undefined)).messages, after.messages);
    }));
  });
}
