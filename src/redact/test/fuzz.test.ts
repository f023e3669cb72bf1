import assert from 'node:assert/strict';
import { createRedactor } from '@pith/redact';
import { HARMLESS, SAMPLES, WITHIN } from './samples.ts';

const ROUNDS = process.env['PITH_SOAK'] === undefined ? 400 : 40_000;
const VALUES = ['tr0ub4dor-and-3', 'p@ss/W0rd+"x"&=?', 'Qx7zQx7z/Wy8k+Ev9jRk', 'pässwörd-42-ümlaut'];
const SPELLED: readonly ((value: string) => string)[] = [
  (value) => value, (value) => JSON.stringify(value).slice(1, -1), (value) => JSON.stringify(JSON.stringify(value)).slice(3, -3), encodeURIComponent, encodeURI,
  (value) => Buffer.from(value).toString('base64'), (value) => Buffer.from(`x${value}y`).toString('base64url'), (value) => Buffer.from(value).toString('hex'),
];
const GLUE = ['', ' ', '\n', '"', "'", '=', ': ', ',', '\\n', '%20', '\\"', '<', '/', '.', ';', ' and ', '\r\n', '- ', '{"a":"', '-----', 'sk', 'gh', 'AK', '\\', '%'];

function random(seed: number): (below: number) => number {
  let state = seed * 2 + 1;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

describe('a random text', () => {
  it('is shown without any of its secrets, as a whole and in pieces of any lengths', () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const pick = random(seed);
      const of = <T>(list: readonly T[]): T => list[pick(list.length)]!;
      const redactor = createRedactor(VALUES.map((value, index) => [`V${index}`, value]));
      const secrets: string[] = [];
      let text = '';
      for (let part = pick(6) + 1; part > 0; part--) {
        const kind = pick(4);
        if (kind === 0) text += of(HARMLESS);
        else if (kind === 1) secrets.push(of(SPELLED)(of(VALUES)));
        else if (kind === 2) secrets.push(of(SAMPLES)[1]);
        else text += of(WITHIN)[0];
        // A key of a shape begins a word; a value that is known is found anywhere.
        text += of(GLUE) + (kind === 2 ? of([' ', '"', '=', '\n']) : '') + (kind === 1 || kind === 2 ? secrets.at(-1)! : '') + of([' ', '\n', '"']);
      }
      const flow = redactor.stream();
      let shown = '';
      for (let at = 0; at < text.length;) {
        const length = 1 + pick(of([1, 4, 20, 200]));
        shown += flow.push(text.slice(at, at + length));
        at += length;
      }
      shown += flow.end();
      for (const secret of secrets) {
        assert.ok(!redactor.redact(text).includes(secret), `seed ${seed}: ${secret} in ${redactor.redact(text)}`);
        assert.ok(!shown.includes(secret), `seed ${seed}: ${secret} in the pieces of ${text} as ${shown}`);
      }
      assert.equal(redactor.redact(redactor.redact(text)), redactor.redact(text), `seed ${seed}`);
    }
  });
});
