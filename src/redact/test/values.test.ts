import assert from 'node:assert/strict';
import { createRedactor } from '@pith/redact';

const VALUES = ['plainvalue-123', 'p@ss/W0rd+"x" é&=?', 'tr0ub4dor&3', 'back\\slash\\n0t', 'four words that count', '日本語のパスワード', 'a+b/c==d+e/f==', '{"json":"within json"}', `quote'and"quote`, '12345678901234567890'];

const SPELLINGS: Readonly<Record<string, (value: string) => string>> = {
  'as it is': (value) => value,
  'in JSON': (value) => JSON.stringify(value).slice(1, -1),
  'in JSON in JSON': (value) => JSON.stringify(JSON.stringify(value)).slice(1, -1),
  'in JSON with all units escaped': (value) => Array.from({ length: value.length }, (_, index) => `\\u${value.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  'in JSON with its slashes escaped': (value) => JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/'),
  'in an address': encodeURIComponent,
  'in an address, lower case': (value) => encodeURIComponent(value).replace(/%../g, (escape) => escape.toLowerCase()),
  'in a form': (value) => new URLSearchParams({ '': value }).toString().slice(1),
  'in an address, only in part': encodeURI,
  'in an address, every byte': (value) => [...Buffer.from(value)].map((byte) => (byte < 128 ? `%${byte.toString(16)}` : `%${byte.toString(16).toUpperCase()}`)).join(''),
  'in JSON in an address': (value) => encodeURIComponent(JSON.stringify(value).slice(1, -1)),
  'in a shell, escaped as printf %q does': (value) => value.replace(/[^\w+:@./\u0080-\uffff-]/g, '\\$&'),
  'in JSON in base64': (value) => Buffer.from(JSON.stringify({ a: value })).toString('base64'),
  'in base64': (value) => Buffer.from(value).toString('base64'),
  'in base64, one byte further': (value) => Buffer.from(`u${value}`).toString('base64'),
  'in base64, two bytes further': (value) => Buffer.from(`me${value}`).toString('base64'),
  'in base64 among other bytes': (value) => Buffer.from(`user:${value}\nmore`).toString('base64'),
  'in base64 for addresses': (value) => Buffer.from(`\xff${value}\xff`).toString('base64url'),
  'in base64 with its slashes escaped': (value) => Buffer.from(value).toString('base64').replaceAll('/', '\\/'),
  'in base64 in an address': (value) => encodeURIComponent(Buffer.from(value).toString('base64')),
  'in hex': (value) => Buffer.from(value).toString('hex'),
  'in upper-case hex': (value) => Buffer.from(value).toString('hex').toUpperCase(),
};

describe('a value that is known', () => {
  for (const [spelling, spell] of Object.entries(SPELLINGS)) {
    it(`is found ${spelling}`, () => {
      for (const [index, value] of VALUES.entries()) {
        const redactor = createRedactor([['MY_KEY', value]]);
        const spelled = spell(value);
        const clean = redactor.redact(`begin ${spelled} end ${index}`);
        assert.match(clean, /^begin \S{0,10}\[secret:MY_KEY\]\S{0,10} end \d+$/, `${value} as ${spelled}`);
        assert.ok(!clean.includes(spelled));
      }
    });
  }

  it('is found in base64 that is broken into lines, wherever the lines end', () => {
    const redactor = createRedactor([['MY_KEY', 'a-value-of-some-length-4711']]);
    for (let before = 0; before < 60; before++) {
      const lines = Buffer.from(`${'x'.repeat(before)}a-value-of-some-length-4711${'y'.repeat(40)}`).toString('base64').replace(/.{76}/g, '$&\n');
      const clean = redactor.redact(lines);
      assert.match(clean, /\[secret:MY_KEY\]/);
      assert.ok(!Buffer.from(clean, 'base64').includes('some-length'));
    }
  });

  it('is found in an address when it has several lines', () => {
    const value = 'first\nand last\r\nline 77';
    assert.equal(createRedactor([['MY_KEY', value]]).redact(`?q=${encodeURIComponent(value)}`), '?q=[secret:MY_KEY]');
  });

  it('is found line by line when it has several', () => {
    const key = `-----BEGIN THING-----\n${'Qx7z'.repeat(16)}\n${'Wy8k'.repeat(16)}\n${'Ev9j'.repeat(8)}\n-----END THING-----`;
    const redactor = createRedactor([['PEM', key]]);
    assert.equal(redactor.redact(key), `-----BEGIN THING-----\n${'[secret:PEM]\n'.repeat(3)}-----END THING-----`);
    assert.equal(redactor.redact(JSON.stringify(key)), `"-----BEGIN THING-----\\n${'[secret:PEM]\\n'.repeat(3)}-----END THING-----"`);
    assert.equal(redactor.redact(`line ${'Wy8k'.repeat(16)}`), 'line [secret:PEM]');
  });

  it('is found in pieces when it is long', () => {
    const value = Array.from({ length: 90 }, (_, index) => `part${index}`).join('/');
    const redactor = createRedactor([['LONG', value]]);
    assert.equal(redactor.redact(`<${value}>`), '<[secret:LONG]>');
    assert.ok(!redactor.redact(value.slice(0, 300)).includes('part10/part11'));
    assert.equal(redactor.redact(Buffer.from(value).toString('base64')), '[secret:LONG]==');
  });

  it('is hidden by its longest name where one stands in another', () => {
    const redactor = createRedactor([['SHORT', 'tr0ub4dor'], ['LONG', 'tr0ub4dor-and-3-more']]);
    assert.equal(redactor.redact('x tr0ub4dor-and-3-more tr0ub4dor'), 'x [secret:LONG] [secret:SHORT]');
  });

  it('is not hidden where it is short, a word, a path, an address or a number that stands everywhere', () => {
    const redactor = createRedactor();
    for (const value of ['', 'short', '1234567', 'development', 'production', 'Some-Words', '/home/me/.ssh/key', '~/keys/mine', 'https://api.example.org/v1', '20261121', '--------', 'C:\\keys\\mine']) {
      assert.equal(redactor.add(value, 'X'), false, value);
      assert.equal(redactor.redact(`a ${value} b`), `a ${value} b`);
    }
    for (const value of ['hunter2hunter2', 'CorrectHorseBatteryStaple', 'postgres://me:pw1234@db/x', 'xkcd-9361', 'correct horse battery staple']) assert.equal(redactor.add(value, 'X'), true, value);
  });

  it('is hidden though it is a word where somebody has said that it is a secret', () => {
    const redactor = createRedactor();
    assert.equal(redactor.add('swordfish', 'door', { guessable: true }), true);
    assert.equal(redactor.redact('say swordfish'), 'say [secret:door]');
    assert.equal(redactor.add('fish', 'door', { guessable: true }), false);
  });

  it('is hidden from the moment on that it is told, also in what was looked at before', () => {
    const redactor = createRedactor();
    const message = Object.freeze({ text: 'say tr0ub4dor' });
    assert.equal(redactor.redactDeep(message), message);
    redactor.add('tr0ub4dor', 'door');
    assert.deepEqual(redactor.redactDeep(message), { text: 'say [secret:door]' });
  });
});
