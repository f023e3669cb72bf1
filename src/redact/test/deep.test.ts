import assert from 'node:assert/strict';
import { createRedactor, findMask, toMask } from '@pith/redact';

const KEY = 'ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aB3dE6gH9';

describe('a JSON value', () => {
  it('is copied without its secrets, in values and in names', () => {
    const given = { a: [1, null, true, { b: `x ${KEY}` }], [KEY]: 'name', c: 'as it was' };
    assert.deepEqual(createRedactor().redactDeep(given), { a: [1, null, true, { b: 'x [secret:GitHub token]' }], '[secret:GitHub token]': 'name', c: 'as it was' });
    assert.equal(given.a[3] !== null && JSON.stringify(given).includes(KEY), true, 'what was given is as it was');
  });

  it('is itself where it holds none', () => {
    const given = { a: [1, { b: 'text' }], bytes: new Uint8Array(3) };
    assert.equal(createRedactor().redactDeep(given), given);
  });

  it('gives the same copy for the same frozen value', () => {
    const redactor = createRedactor();
    const given = Object.freeze({ text: KEY });
    assert.equal(redactor.redactDeep(given), redactor.redactDeep(given));
    assert.equal(redactor.redactDeep(redactor.redactDeep(given)), redactor.redactDeep(given));
  });

  it('keeps the bytes of images, unless a known value stands in them', () => {
    const redactor = createRedactor([['MY_KEY', 'tr0ub4dor-and-3']]);
    const image = (bytes: string): object => ({ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: Buffer.from(bytes).toString('base64') } });
    assert.deepEqual(redactor.redactDeep(image(`\x89PNG ${KEY}`)), image(`\x89PNG ${KEY}`));
    assert.match(JSON.stringify(redactor.redactDeep(image('\x89PNG tr0ub4dor-and-3'))), /\[secret:MY_KEY\]/);
  });

  it('looks into a document that is text', () => {
    const source = { kind: 'base64', mediaType: 'text/plain', data: Buffer.from(`KEY=${KEY}`).toString('base64') };
    assert.deepEqual(createRedactor().redactDeep(source), { ...source, data: Buffer.from('KEY=[secret:GitHub token]').toString('base64') });
  });

  it('keeps signatures and sealed data to the byte', () => {
    const block = { type: 'thinking', text: 'so', signature: `${KEY}==` };
    assert.deepEqual(createRedactor().redactDeep(block), block);
  });
});

describe('a question to a person', () => {
  it('hides keys, and shows everything that a shell could run', () => {
    const redactor = createRedactor([['MY_KEY', 'a;b$c d-1234']]);
    assert.equal(redactor.redactQuestion(`curl -H 'x: ${KEY}' https://me:pw1234a@example.org`), 'curl -H \'x: [secret:GitHub token]\' https://me:[secret:password in an address]@example.org');
    for (const command of ['TOKEN="a1b2c3;curl$IFS-evil|sh"', 'PASSWORD=a1b2c3d4$(reboot)', 'x -----BEGIN PRIVATE KEY-----\nreboot\nrm -rf ~\n-----END PRIVATE KEY-----', 'curl https://a:$(reboot1a2b3c)@b', 'API_KEY=a1b2c3d4&reboot']) {
      const shown = redactor.redactQuestion(command);
      for (const word of ['curl', 'reboot', 'rm -rf']) assert.equal(shown.includes(word), command.includes(word), shown);
    }
    assert.equal(redactor.redactQuestion('x a;b$c d-1234'), 'x [secret:MY_KEY]');
  });
});

describe('a mask', () => {
  it('is known again', () => {
    assert.equal(toMask('MY_KEY'), '[secret:MY_KEY]');
    assert.equal(toMask('a "strange" [name]\n'), '[secret:a _strange_ _name_]');
    assert.equal(findMask('x = [secret:API key];'), '[secret:API key]');
    assert.equal(findMask('x = [secret:]; [secret'), undefined);
  });
});
