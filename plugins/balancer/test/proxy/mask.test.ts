import assert from 'node:assert/strict';
import { Mask, secretsOf } from '../../src/proxy/mask.ts';

const KEY = 'sk-ant-api03-abcdefgh';
const STARS = '*'.repeat(KEY.length);

function pass(text: string, size: number, headers: Record<string, string> = { 'x-api-key': KEY }): string {
  const mask = new Mask(secretsOf(headers));
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let place = 0; place < bytes.length; place += size) out.push(Buffer.from(mask.push(Buffer.from(bytes.subarray(place, place + size)))));
  const held = mask.end();
  return Buffer.concat(held === undefined ? out : [...out, held]).toString();
}

describe('an account’s key in what comes back', () => {
  it('becomes stars, as many as it has characters, wherever it is cut', () => {
    const text = `{"error":"bad key ${KEY}, really ${KEY}","sk-ant":"sk-ant-api03-abc"}sk-ant-api0`;
    for (let size = 1; size < 40; size++) assert.equal(pass(text, size), text.replaceAll(KEY, STARS), `pieces of ${size}`);
  });

  it('is known behind the word Bearer, too', () => {
    assert.equal(pass(`token ${KEY}.`, 100, { authorization: `Bearer ${KEY}` }), `token ${STARS}.`);
  });

  it('changes nothing where there is none', () => {
    const text = 'ß 漢字 sk-ant sk-ant-api03-abcdefg';
    for (let size = 1; size < 20; size++) assert.equal(pass(text, size), text);
  });

  it('is found in headers', () => {
    const headers = { 'x-echo': `key=${KEY}`, 'x-list': [KEY, 'b'], 'x-other': 'fine' };
    new Mask(secretsOf({ 'x-api-key': KEY })).headers(headers);
    assert.deepEqual(headers, { 'x-echo': `key=${STARS}`, 'x-list': [STARS, 'b'], 'x-other': 'fine' });
  });
});
