import assert from 'node:assert/strict';
import { createRedactor, type Redactor } from '@pith/redact';
import { HARMLESS, SAMPLES, WITHIN } from './samples.ts';

const VALUE = 'p@ss/W0rd+"x"&=?';

function stream(redactor: Redactor, pieces: readonly string[]): string {
  const flow = redactor.stream();
  return pieces.map((piece) => flow.push(piece)).join('') + flow.end();
}

describe('a text that comes in pieces', () => {
  const redactor = createRedactor([['MY_KEY', VALUE], ['OTHER', 'another-value-99']]);
  const texts = [
    ...SAMPLES.map(([, secret]) => `The key is ${secret}, keep it.`), ...WITHIN.map(([text]) => `${text} and more`),
    ...[VALUE, JSON.stringify(VALUE), JSON.stringify(JSON.stringify(VALUE)), encodeURIComponent(VALUE), Buffer.from(VALUE).toString('base64'), Buffer.from(VALUE).toString('hex')].map((spelled) => `The value is ${spelled} as it was.`),
  ];

  it('is the same as the whole, wherever it is cut in two', () => {
    for (const text of texts) {
      if (text.includes('in base64') || redactor.redact(text).includes('in base64]')) continue; // Only a whole run tells what it is.
      for (let cut = 0; cut <= text.length; cut++) assert.equal(stream(redactor, [text.slice(0, cut), text.slice(cut)]), redactor.redact(text), `${text.slice(0, cut)}|${text.slice(cut)}`);
    }
  });

  it('is the same as the whole in pieces of any length', () => {
    for (const text of texts) {
      if (redactor.redact(text).includes('in base64]')) continue;
      for (const size of [1, 2, 3, 5, 7, 16]) assert.equal(stream(redactor, text.match(new RegExp(`[^]{1,${size}}`, 'g'))!), redactor.redact(text), text);
    }
  });

  it('shows no part of a value in another encoding, wherever it is cut', () => {
    for (const before of ['u', 'me', 'user:']) {
      const spelled = Buffer.from(`${before}${VALUE}`).toString('base64');
      for (let cut = 0; cut <= spelled.length; cut++) {
        const clean = stream(redactor, [`x ${spelled.slice(0, cut)}`, `${spelled.slice(cut)} y`]);
        assert.match(clean, /^x \S{0,10}\[secret:MY_KEY\]\S{0,2} y$/);
      }
    }
  });

  it('shows no more than its first letters of a value within a longer run, however small the pieces are', () => {
    const wide = `${'header '.repeat(8)}${VALUE} and what follows it, long enough for a second line of it`;
    const inLines = Buffer.from(wide).toString('base64').replace(/.{76}/g, '$&\n');
    const spellings = [...['u', 'me', 'user:'].map((before) => Buffer.from(`${before}${VALUE}`).toString('base64')), inLines, encodeURIComponent(encodeURIComponent(VALUE)), `a${VALUE}`];
    for (const spelled of spellings) {
      const hidden = redactor.redact(spelled).replace(/\[secret:MY_KEY\]/g, '');
      for (const size of [1, 2, 3, 5]) {
        const shown = stream(redactor, spelled.match(new RegExp(`[^]{1,${size}}`, 'g'))!).replace(/\[secret:MY_KEY\]/g, '');
        assert.ok(shown.length <= hidden.length + 5, `${size}: ${shown}`);
      }
    }
  });

  it('passes at once where nothing of it can be the beginning of a secret', () => {
    const flow = createRedactor([['MY_KEY', VALUE]]).stream();
    for (const piece of ['Hello', ', this', ' is', ' one', ' word', '.\n', 'const', ' foo', ' =', ' 12', ';', ' **bold**', ' `code`', ' 日本']) assert.equal(flow.push(piece), piece);
  });

  it('passes unchanged where it is harmless', () => {
    for (const text of HARMLESS) assert.equal(stream(redactor, [...text]), text);
  });

  it('is held back for no longer than a secret that never ends', () => {
    const flow = createRedactor().stream();
    let shown = '';
    for (let index = 0; index < 3000; index++) shown += flow.push('sk-ant-a1b2c3d4e5');
    assert.equal(shown, '[secret:Anthropic key]');
    assert.equal(flow.push(' end') + flow.end(), ' end');
  });

  it('gives at its end what was held', () => {
    const flow = createRedactor().stream();
    assert.equal(flow.push('see sk-'), 'see ');
    assert.equal(flow.isHolding, true);
    assert.equal(flow.end(), 'sk-');
    assert.equal(flow.isHolding, false);
  });
});
