import assert from 'node:assert/strict';
import { formatFindings } from '../../src/books/show/format-findings.ts';
import { formatLogLine } from '../../src/books/show/format-log.ts';
import { formatHead, formatLine, formatRequest, formatRequests } from '../../src/books/show/format-requests.ts';
import { toJsonLine } from '../../src/books/show/json-line.ts';
import { parseSince } from '../../src/books/show/parse-since.ts';
import { toCount, toDollars, toDuration, toPercent } from '../../src/books/show/words.ts';
import { BEGIN_MS, makeRow } from './place.ts';

const nameOf = (id: string | null): string => (id === null ? '-' : `the ${id}`);
const requests = [
  { ...makeRow('one', { agent: 'reviewer' }), seq: 1 },
  { ...makeRow('two', { status: 429, end: 'error', error: 'rate_limit_error: too many\u001b[2J', costMicroUsd: null, model: 'gpt-5', atMs: BEGIN_MS + 61_000 }), seq: 2 },
];

describe('requests as they are shown', () => {
  for (const width of [40, 60, 80, 120, 200]) {
    it(`fit a screen of ${width} columns, time, status and model first`, () => {
      const lines = formatRequests(requests, { nameOf, nowMs: BEGIN_MS, width }).split('\n');
      const following = [formatHead(width), ...requests.map((request) => formatLine(request, { nameOf, nowMs: BEGIN_MS, width }))];

      for (const line of [...lines, ...following]) assert.ok(line.length <= width, `${line.length}: ${line}`);
      for (const [head, first] of [lines, following]) {
        assert.match(head!, /^TIME +STATUS .*MODEL/);
        assert.match(first!, /^\d\d:\d\d:\d\d +200 .*claude-sonnet/);
      }
      assert.equal(lines.length, 3);
    });
  }

  it('show what is hidden in a text', () => {
    assert.match(formatRequests(requests, { nameOf, nowMs: BEGIN_MS, width: 200 }), /too many\\x1b\[2J/);
    assert.match(formatLine(requests[1]!, { nameOf, nowMs: BEGIN_MS, width: 300 }), /too many\\x1b\[2J/);
  });

  it('have no line that a name has made', () => {
    const fake = 'a\tb\nError  none';
    const shown = formatRequest({ ...requests[0]!, model: fake, project: fake, conversation: fake, error: fake }, { nameOf, nowMs: BEGIN_MS, width: 200, payload: undefined, keyNameOf: nameOf });
    assert.doesNotMatch(shown, /^Error {2}none|\t/m);
    assert.doesNotMatch(formatFindings([{ kind: 'cost', level: 'info', text: fake, hint: fake }], { requests: 1, span: 'the last hour', width: 80 }), /^ *Error|\t/m);
  });

  it('are lines of JSON that steer no terminal, and say the same', () => {
    const value = { model: '\u009b2J\u202e\u{e0041}日本 👩\u200d👧\u2028' };
    const line = toJsonLine(value);
    assert.deepEqual(JSON.parse(line), value);
    assert.equal(line, '{"model":"\\u009b2J\\u202e\\udb40\\udc41日本 👩\u200d👧\\u2028"}\n');
  });

  it('say everything that is known of one, and what went to and fro', () => {
    const side = { headers: { accept: '*/*' }, body: '{"say":"hi"}\u001b', bytes: 12, isCut: true };
    const text = formatRequest({ ...requests[0]!, attempts: 2 }, { nameOf, nowMs: BEGIN_MS, width: 100, keyNameOf: nameOf, payload: { id: 'one', atMs: BEGIN_MS, request: side, reply: { ...side, status: 200, body: null } } });

    assert.match(text, /^Account +the account-1, where its conversation is at home, after 2 attempts$/m);
    assert.match(text, /^Model +claude-sonnet-4-5 → claude-sonnet-4-5-20250929$/m);
    assert.match(text, /^Cost +0\.0042 USD, by prices of 2026-10-01$/m);
    assert.match(text, /Sent\naccept: \*\/\*\n\n\{"say":"hi"\}\\x1b\n\[cut here\]\n\nReceived\naccept: \*\/\*\n\n\[12 bytes that are no text\]$/);
  });

  it('say why in words, and not in the codes that the books have', () => {
    const rows = [makeRow('a', { attempts: 2, route: 'failover: upstream_429_with_reset' }), makeRow('b', { status: 500, end: 'error', error: 'http_500' }), makeRow('c', { status: 429, end: 'refused', error: 'BALANCER_ALL_OUT', accountId: null }), makeRow('d', { end: 'truncated', error: 'ECONNRESET' })];
    const text = formatRequests(rows.map((row, seq) => ({ ...row, seq })), { nameOf, nowMs: BEGIN_MS, width: 300 });

    assert.deepEqual(['2 attempts, in the place of another (its limit is reached)', 'status 500 without a reason', 'no account of the pool can take a request now', 'the connection broke off'].filter((words) => !text.includes(words)), []);
    assert.doesNotMatch(text, /[a-z]_\w|[A-Z]_[A-Z]/);
  });

  it('have findings below each other, those to act on marked', () => {
    assert.equal(formatFindings([{ kind: 'busy', level: 'warning', text: 'It turns in circles.', hint: 'Stop it.' }, { kind: 'cost', level: 'info', text: 'It was dear.' }], { requests: 1, span: 'the last hour', width: 80 }), '1 request of the last hour\n\n! It turns in circles.\n  Stop it.\n\n· It was dear.');
    assert.match(formatFindings([], { requests: 0, span: 'the last hour' }), /^There are no requests of the last hour\. Of all time: pith analyze --range all$/);
    assert.match(formatFindings([], { requests: 3, span: 'the last hour' }), /Nothing is unusual\.$/);
  });

  it('have lines of the log without what is said for programs', () => {
    assert.match(formatLogLine({ atMs: BEGIN_MS, level: 'warn', pid: 1, text: 'benched\u001b', facts: { account: 'a b', status: 429 } }, BEGIN_MS), /^\d\d:\d\d:\d\d {2}WARN {3}benched\\x1b$/);
  });
});

describe('words for numbers', () => {
  it('are short, and never say all or nothing of what is not', () => {
    assert.deepEqual([0, 4200, 999_999, 1_500_000].map(toDollars), ['0.00', '0.0042', '1.0000', '1.50']);
    assert.deepEqual([12.4, 999, 1000, 119_000, 180_000].map(toDuration), ['12 ms', '999 ms', '1.0 s', '119.0 s', '3.0 min']);
    assert.deepEqual([0, 0.0001, 0.5, 0.99999, 1].map(toPercent), ['0 %', '0.1 %', '50.0 %', '99.9 %', '100 %']);
    assert.deepEqual([0, 9999, 12_345, 999_960, 4_600_000].map(toCount), ['0', '9999', '12.3k', '1.0M', '4.6M']);
  });

  it('are read as times: so long ago, or of the calendar, where the person is', () => {
    assert.deepEqual(['30m', '2h', '7d', '90s'].map((text) => BEGIN_MS - parseSince(text, BEGIN_MS)), [1_800_000, 7_200_000, 604_800_000, 90_000]);
    assert.equal(parseSince('2026-11-22', BEGIN_MS), new Date(2026, 10, 22).getTime());
    assert.equal(parseSince('2026-11-22 14:30', BEGIN_MS), new Date(2026, 10, 22, 14, 30).getTime());
    for (const text of ['yesterday', '2026-13-45', '-3h', '']) assert.throws(() => parseSince(text, BEGIN_MS), { code: 'BOOKS_TIME_INVALID', hint: /30m, 2h or 7d/ });
  });
});
