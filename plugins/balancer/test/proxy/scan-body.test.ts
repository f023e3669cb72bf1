import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { scanBody, withModel } from '../../src/proxy/scan-body.ts';

const scan = (body: unknown): ReturnType<typeof scanBody> => scanBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

describe('reading the body of a request without parsing it', () => {
  it('finds the same model and stream flag as a parser does, in any JSON object', () => {
    const key = fc.oneof(fc.constantFrom('model', 'stream', 'metadata', 'messages', 'system', 'user_id', 'input'), fc.string({ unit: 'binary' }));
    const object = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.boolean(), fc.constant({ model: 'inner', stream: true })), { maxKeys: 8 });
    fc.assert(fc.property(object, fc.constantFrom(undefined, 1, '\t'), (made, indent) => {
      const text = JSON.stringify(made, null, indent);
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const facts = scan(text);
      assert.equal(facts.model, typeof parsed['model'] === 'string' ? parsed['model'] : null);
      assert.equal(facts.isStream, parsed['stream'] === true);
    }), { numRuns: 500 });
  });

  it('finds and replaces what a parser sees, in JSON with keys that come twice, are escaped, and any spaces', () => {
    const escape = (text: string, which: number): string => {
      const json = JSON.stringify(text);
      return json.includes('\\') ? json : json.replaceAll(/[a-z]/g, (letter, index: number) => ((which >> (index % 16)) & 1 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter));
    };
    const space = fc.constantFrom('', ' ', '\n', '\t\r\n');
    const toText = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.tuple(texts, fc.nat()).map(([text, which]) => escape(text, which));
    const key = toText(fc.oneof(fc.constantFrom('model', 'stream', 'messages', 'metadata', 'n'), fc.string({ unit: 'binary' })));
    const { object } = fc.letrec<{ value: string; object: string; list: string }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.constantFrom('true', 'false', 'null', '-0.5e10'), toText(fc.constantFrom('m', 'other', 'a"b', '\\', '}{][",:', 'x'.repeat(100))), tie('object'), tie('list')),
      object: fc.array(fc.tuple(space, key, space, space, tie('value'), space), { minLength: 1, maxLength: 8 }).map((members) => `{${members.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`).join(',')}}`),
      list: fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }).map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
    }));
    fc.assert(fc.property(object, (text) => {
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const facts = scan(text);
      assert.deepEqual([facts.model, facts.isStream], [typeof parsed['model'] === 'string' ? parsed['model'] : null, parsed['stream'] === true]);
      if (facts.model === null) return;
      assert.deepEqual(JSON.parse(withModel(Buffer.from(text), facts, 'another').toString()), { ...JSON.parse(Buffer.from(text).toString()) as object, model: 'another' });
    }), { numRuns: process.env['PITH_SOAK'] === undefined ? 1000 : 20_000 });
  });

  it('takes the last of two models, as parsers do, and replaces both', () => {
    const text = '{"model":"first","messages":[{"model":"inner"}], "model" : "last" }';
    assert.equal(scan(text).model, 'last');
    assert.equal(withModel(Buffer.from(text), scan(text), 'other').toString(), '{"model":"other","messages":[{"model":"inner"}], "model" : "other" }');
  });

  it('knows a key that is written with escapes', () => {
    assert.equal(scan(String.raw`{"\u006dodel":"m\u0061x","str\u0065am":true}`).model, 'max');
    assert.equal(scan(String.raw`{"str\u0065am":true}`).isStream, true);
  });

  it('is not misled by quotes, brackets and backslashes in texts of any length', () => {
    for (const filler of ['"}],"model":"fake"', '\\', '\\"', '{"model":"fake"}', 'x'.repeat(200)]) {
      for (const times of [1, 50, 400]) assert.equal(scan({ messages: [{ content: filler.repeat(times) }], model: 'real', system: filler.repeat(times) }).model, 'real');
    }
  });

  it('finds what stands behind a long text, and a second model anywhere', () => {
    const long = 'a "quoted" word, '.repeat(20_000);
    for (const [more, model] of [[{}, 'first'], [{ stream: true, metadata: { user_id: 'me' }, system: 'You help.' }, 'first']] as const) {
      const facts = scan({ model: 'first', messages: [{ content: long }], ...more });
      assert.deepEqual([facts.model, facts.isStream, facts.conversation, facts.system !== undefined], [model, 'stream' in more, 'stream' in more ? 'me' : undefined, 'stream' in more]);
    }
    for (const second of [', "model" : "last"', String.raw`,"\u006dodel":"last"`, String.raw`,"mod\u0065l":"last"`, ',"model":"last"']) {
      for (const behind of ['', `,"x":${JSON.stringify(long)}`]) assert.equal(scan(`{"model":"first","messages":[${JSON.stringify(long)}]${second}${behind}}`).model, 'last', second);
    }
    assert.equal(scan({ max_tokens: 1, messages: [{ content: long }], model: 'behind' }).model, 'behind');
  });

  it('finds the same wherever the beginning of a long body ends', () => {
    const long = JSON.stringify('a "quoted" word, '.repeat(5000));
    for (const member of [String.raw`"\u006d\u006f\u0064\u0065\u006c"${' '.repeat(200)}:${' '.repeat(200)}"last"`, `"model"${' '.repeat(200)}:"last"`, `"max_tokens":${' '.repeat(200)}12345`, `"n"${' '.repeat(100)}:12345`, `"stream":${' '.repeat(100)}true`, `"max_output_tokens":12345`]) {
      const whole = scan(`{"model":"first","max_tokens":1,"n":1,${member}}`);
      for (let at = 16_384 - member.length - 2; at <= 16_386; at += 3) {
        const head = '{"model":"first","max_tokens":1,"n":1,"x":"",';
        const facts = scan(`${head.slice(0, -2)}${'x'.repeat(at - head.length)}",${member},"messages":[${long},"end"]}`);
        assert.deepEqual([facts.model, facts.outputTokens, facts.choices, facts.isStream], [whole.model, whole.outputTokens, whole.choices, whole.isStream], `${member.slice(0, 20)} at ${at}`);
      }
    }
    const last = scan(`{"model":"first","max_tokens":1,"n":1,"messages":[${long}],"x":${long},"max_tokens":100000,"n":128}`);
    assert.deepEqual([last.outputTokens, last.choices], [100_000, 128]);
  });

  it('knows names that only differ in letter case, as some servers take them, wherever they stand', () => {
    const long = JSON.stringify('a "quoted" word, '.repeat(5000));
    const members = ['"Model":"other"', String.raw`"\u004d\u004fDEL":"other"`, '"MAX_TOKENS":9000', '"max_to\u212aens":9000', String.raw`"max_token\u017f":9000`, '"Max_Completion_Tokens":9000', '"max_to\u212aen\u017f":9000', '"N":9'];
    for (const messages of ['[]', `[${long}]`]) {
      for (const member of members) {
        const text = `{"model":"first","max_tokens":1,"n":1,"messages":${messages},${member}}`;
        const { model, otherModels = [], outputTokens, choices } = scan(text);
        const isModel = member.includes('other');
        assert.deepEqual([model, otherModels.length, outputTokens, choices], ['first', isModel ? 1 : 0, isModel || member === '"N":9' ? 1 : 9000, member === '"N":9' ? 9 : 1], member);
        assert.ok(withModel(Buffer.from(text), scan(text), 'mapped').toString().includes(`"messages":${messages},${member}}`));
      }
    }
  });

  it('reads the conversation where clients put it', () => {
    assert.equal(scan({ model: 'm', metadata: { other: { user_id: 'no' }, user_id: 'user_1_session_2' } }).conversation, 'user_1_session_2');
    assert.equal(scan({ model: 'm', user: 'someone', prompt_cache_key: 'thread 7' }).conversation, 'thread 7');
    assert.equal(scan({ model: 'm', metadata: 'user_id' }).conversation, undefined);
  });

  it('takes no text for the name of a model that is longer than any', () => {
    assert.equal(scan({ model: 'm'.repeat(998) }).model?.length, 998);
    assert.equal(scan({ model: 'm'.repeat(999), stream: true }).model, null);
  });

  it('knows where the system prompt and the first message stand', () => {
    const body = { system: [{ type: 'text', text: 'You help.' }], messages: [{ role: 'user', content: 'Hi' }, { role: 'user', content: 'there' }] };
    const bytes = Buffer.from(JSON.stringify(body));
    const { system, firstMessage } = scanBody(bytes);
    assert.deepEqual(JSON.parse(bytes.toString('utf8', system!.start, system!.end)), body.system);
    assert.deepEqual(JSON.parse(bytes.toString('utf8', firstMessage!.start, firstMessage!.end)), body.messages[0]);
  });

  it('says what came before of a body that is cut off, and nothing of what is no object', () => {
    const whole = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'a long text "with" quotes' }] });
    for (let length = 0; length < whole.length; length++) assert.ok(['m', null].includes(scan(whole.slice(0, length)).model));
    for (const text of ['', ' ', '[1]', '"model"', 'null', '{', '{"model"', '{"model":', '{"model":}', '{model:"m"}', '}{']) assert.equal(scan(text).model, null, text);
  });

  it('leaves every other byte of a body as it is when the model is replaced', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (rest, from, to) => {
      const text = JSON.stringify({ ...rest, model: from });
      const changed = withModel(Buffer.from(text), scan(text), to).toString();
      assert.deepEqual(JSON.parse(changed), JSON.parse(JSON.stringify({ ...rest, model: to })));
      assert.equal(changed, JSON.stringify({ ...rest, model: to }));
    }));
  });
});
