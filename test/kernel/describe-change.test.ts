import assert from 'node:assert/strict';
import { describeChange, type EventBody, joinRoom, type RoomMade, type TurnEvent } from '@pith/kernel';

describe('what became of a conversation', () => {
  const say = (body: EventBody): string | undefined => describeChange({ seq: 0, atMs: 0, sessionId: 's', turnId: 't', runId: 't', ...body } satisfies TurnEvent);

  for (const [tokens, shown] of [[[999, 0], '999 → 0'], [[1000, 9949], '1.0k → 9.9k'], [[91_234, 9950], '91k → 10k'], [[1_000_000, 450_400], '1000k → 450k']] as const) {
    it(`has tokens as ${shown}`, () => assert.equal(say({ type: 'compaction', stage: 'snip\u001b[2J', tokensBefore: tokens[0], tokensAfter: tokens[1], dropped: [] }), `Made room (snip\\x1b[2J): ${shown} tokens`));
  }

  it('names who changed it and why, who answers from then on, and what may be done', () => {
    assert.equal(say({ type: 'history-changed', plugin: 'input', reason: 'clear', messages: [], before: 1, after: 0 }), 'input changed the conversation (clear): 1 message before, 0 after');
    assert.equal(say({ type: 'model-changed', plugin: 'input', provider: 'test', model: 'other' }), 'input chose test/other for the next turns');
    assert.equal(say({ type: 'mode-changed', from: 'default', mode: 'plan' }), 'Mode default became plan');
  });

  it('is one thing where one stage goes on from where the other ended', () => {
    const room = (stage: string, tokensBefore: number, tokensAfter: number, runId = 't'): RoomMade => ({ type: 'compaction', stage, tokensBefore, tokensAfter, dropped: [stage], seq: 0, atMs: 0, sessionId: 's', turnId: 't', runId });

    const joined = joinRoom(room('budget', 9, 7), room('snip', 7, 3));
    assert.deepEqual([joined?.stage, joined?.tokensBefore, joined?.tokensAfter, joined?.dropped], ['budget, snip', 9, 3, ['budget', 'snip']]);
    assert.deepEqual([joinRoom(room('budget', 9, 7), room('snip', 8, 3)), joinRoom(room('budget', 9, 7), room('snip', 7, 3, 'other'))], [undefined, undefined]);
  });

  it('is nothing of other events', () => assert.equal(say({ type: 'turn-start' }), undefined));
});
