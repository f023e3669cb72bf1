import assert from 'node:assert/strict';
import { createRedactor } from '@pith/redact';
import { HARMLESS, SAMPLES, WITHIN } from './samples.ts';

const { redact } = bind();

describe('what looks like a key', () => {
  for (const [label, secret] of SAMPLES) {
    it(`is hidden and named: ${label}, ${secret.slice(0, 10)}…`, () => {
      assert.equal(redact(secret), `[secret:${label}]`);
      assert.equal(redact(`before ${secret} after`), `before [secret:${label}] after`);
      assert.equal(redact(`X="${secret}"`), `X="[secret:${label}]"`);
      assert.ok(!redact(JSON.stringify({ a: `\n${secret}\n` })).includes(JSON.stringify(secret).slice(6, -3)));
    });
  }

  for (const [text, secret] of WITHIN) {
    it(`is hidden where it stands: ${text.slice(0, 40).replaceAll('\n', ' ')}…`, () => {
      const clean = redact(text);
      assert.ok(text.includes(secret) && !clean.includes(secret), clean);
      assert.match(clean, /\[secret:/);
    });
  }

  for (const text of HARMLESS) it(`is not everything: ${text.slice(0, 50).replaceAll('\n', ' ')}`, () => assert.equal(redact(text), text));

  it('is not looked for in what stands in its place', () => {
    for (const text of [...SAMPLES.map(([, secret]) => `a ${secret} b`), ...WITHIN.map(([text]) => text)]) assert.equal(redact(redact(text)), redact(text));
  });

  it('hides two that stand side by side each by its name', () => {
    assert.equal(redact(`${SAMPLES[6]![1]} ${SAMPLES[9]![1]}`), '[secret:GitHub token] [secret:GitLab token]');
  });

  it('takes time that grows with the text, whatever stands there', () => {
    const pieces = [
      'sk-', 'sk-a', 'eyJ-', 'eyJaaaaaaaa.', '://a:', '://', ':AA', 'SG.', 'AKIA', 'AKIAIOSFODNN7EXAMPLE ', 'password=', 'password="', 'token:\\"', 'Bearer ', '-----BEGIN ', '-----BEGIN PRIVATE KEY-----\n', 'A', 'aA1', '\\', '\\\\', '\\u00', '%', '%2', '%25', '\n',
      'AAAAAAAAAAAAAAAA\n', ' ', 'hooks.slack.com/services/', '?sig=', 'AccountKey=', 'glpat-', 'pypi-', '1//0', 'xoxb-', '[secret:', 'key-',
    ];
    for (const piece of pieces) redact(piece.repeat(Math.ceil(300_000 / piece.length)));
    for (const piece of pieces) redact(`${piece}${'a'.repeat(20)}`.repeat(8000));
  });
});

function bind(): { redact: (text: string) => string } {
  const redactor = createRedactor([['SOME_VALUE', 'eyJaaaaaaaa.AAAAAAAAAAAAAAAA']]);
  return { redact: (text) => redactor.redact(text) };
}
