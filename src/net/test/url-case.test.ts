import assert from 'node:assert/strict';
import { answerUrlCase, checkUrlCase, parseUrlCase, type UrlAnswer } from '../url-case.ts';

const PUBLIC = '93.184.215.14';
const OTHER = '2606:2800:21f:cb07::1';
const URL_ = 'https://hooks.example/x';

const nobody = async (name: string): Promise<never> => { throw new Error(`the system was asked for ${name}`); };

async function check(given: object, resolve = nobody as (name: string) => Promise<readonly string[]>): Promise<UrlAnswer> {
  return checkUrlCase(parseUrlCase({ id: 'x', url: URL_, policy: {}, ...given }), resolve);
}

function dns(...answers: object[]): { dns: Record<string, object[]> } {
  return { dns: { 'hooks.example': answers } };
}

describe('a case of pith webhooks check-url', () => {
  it('is answered with the id, the verdict, the address asked for, and a reason', async () => {
    assert.deepEqual(await check(dns({ A: [PUBLIC], AAAA: [OTHER], ttl: 60 })), { id: 'x', verdict: 'allow', connects: [PUBLIC], reason: 'every address is allowed' });
  });

  const cases: [string, object, 'allow' | 'deny', string[]][] = [
    ['connects once an attempt', { ...dns({ A: [PUBLIC] }), attempts: 3 }, 'allow', [PUBLIC, PUBLIC, PUBLIC]],
    ['looks up again before each attempt', { ...dns({ A: ['1.1.1.1'] }, { A: ['8.8.8.8'] }), attempts: 3 }, 'allow', ['1.1.1.1', '8.8.8.8', '8.8.8.8']],
    ['uses the checked answer, not the next one', dns({ A: [PUBLIC] }, { A: ['10.0.0.1'] }), 'allow', [PUBLIC]],
    ['refuses the retry of a name that was rebound', { ...dns({ A: [PUBLIC] }, { A: ['10.9.8.7'] }), attempts: 2 }, 'deny', [PUBLIC]],
    ['refuses the third attempt alone', { ...dns({ A: [PUBLIC] }, { A: [PUBLIC] }, { AAAA: ['::1'] }), attempts: 5 }, 'deny', [PUBLIC, PUBLIC]],
    ['goes no further after a refusal', { ...dns({ A: ['10.9.8.7'] }, { A: [PUBLIC] }), attempts: 2 }, 'deny', []],
    ['takes IPv6 where there is no IPv4', dns({ AAAA: [OTHER] }), 'allow', [OTHER]],
    ['refuses a public name that also leads to 10.9.8.7', dns({ A: [PUBLIC, '10.9.8.7'] }), 'deny', []],
    ['refuses good IPv4 beside bad IPv6', dns({ A: [PUBLIC], AAAA: ['fd00::1'] }), 'deny', []],
    ['refuses an error of the resolver', dns({ error: 'SERVFAIL' }), 'deny', []],
    ['refuses an error though there are addresses', dns({ A: [PUBLIC], error: 'SERVFAIL' }), 'deny', []],
    ['refuses an empty answer', dns({ A: [], AAAA: [] }), 'deny', []],
    ['refuses a name that dns does not hold, and asks nobody else', { dns: {} }, 'deny', []],
    ['asks nobody for an address', { url: 'https://8.8.8.8/', dns: {} }, 'allow', ['8.8.8.8']],
    ['follows a CNAME to the addresses', { dns: { 'hooks.example': [{ CNAME: 'Edge.Example.' }], 'edge.example': [{ A: [PUBLIC] }] } }, 'allow', [PUBLIC]],
    ['refuses a CNAME that leads inside', { dns: { 'hooks.example': [{ CNAME: 'internal.example' }], 'internal.example': [{ A: ['192.168.1.1'] }] } }, 'deny', []],
    ['refuses a CNAME that leads inside, beside a good address', { dns: { 'hooks.example': [{ A: [PUBLIC], CNAME: 'internal.example' }], 'internal.example': [{ A: ['192.168.1.1'] }] } }, 'deny', []],
    ['takes the addresses that come with a CNAME', dns({ CNAME: 'edge.example', A: [PUBLIC] }), 'allow', [PUBLIC]],
    ['refuses a CNAME that leads nowhere', dns({ CNAME: 'gone.example' }), 'deny', []],
    ['refuses a circle of CNAMEs', { dns: { 'hooks.example': [{ CNAME: 'b.example' }], 'b.example': [{ CNAME: 'hooks.example' }] } }, 'deny', []],
    ['finds a name in dns whatever its capitals and final dot', { url: 'https://HOOKS.Example./', dns: { 'Hooks.EXAMPLE.': [{ A: [PUBLIC] }] } }, 'allow', [PUBLIC]],
    ['finds a name in dns in either form of unicode', { url: 'https://bücher.example/', dns: { 'xn--bcher-kva.example': [{ A: [PUBLIC] }] } }, 'allow', [PUBLIC]],
    ['counts a redirect as a failure and does not follow it', { ...dns({ A: [PUBLIC] }), responses: [{ status: 302, headers: { location: 'http://169.254.169.254/' } }] }, 'deny', [PUBLIC]],
    ['does not follow a redirect to a good address either', { ...dns({ A: [PUBLIC] }), responses: [{ status: 307, headers: { location: 'https://8.8.8.8/' } }] }, 'deny', [PUBLIC]],
    ['meets the redirect of the second attempt', { ...dns({ A: [PUBLIC] }), attempts: 3, responses: [{ status: 503 }, { status: 301 }] }, 'deny', [PUBLIC, PUBLIC]],
    ['does not mind a failure that is no redirect', { ...dns({ A: [PUBLIC] }), attempts: 2, responses: [{ status: 500 }] }, 'allow', [PUBLIC, PUBLIC]],
    ['refuses plain http', { url: 'http://hooks.example/', ...dns({ A: [PUBLIC] }) }, 'deny', []],
    ['opens plain http', { url: 'http://hooks.example/', ...dns({ A: [PUBLIC] }), policy: { allow_http: true } }, 'allow', [PUBLIC]],
    ['opens loopback', { url: 'http://localhost:3000/', dns: { localhost: [{ A: ['127.0.0.1'] }] }, policy: { allow_loopback: true } }, 'allow', ['127.0.0.1']],
    ['opens loopback by its address', { url: 'http://127.0.0.1:3000/', policy: { allow_loopback: true } }, 'allow', ['127.0.0.1']],
    ['opens a private host', { ...dns({ A: ['10.0.0.5'] }), policy: { allow_hosts: ['hooks.example'] } }, 'allow', ['10.0.0.5']],
    ['keeps metadata shut', { ...dns({ A: ['169.254.169.254'] }), policy: { allow_hosts: ['hooks.example'], allow_http: true, allow_loopback: true } }, 'deny', []],
    ['connects to the address inside a mapped one', { url: 'https://[::ffff:8.8.8.8]/' }, 'allow', ['8.8.8.8']],
    ['writes addresses in one way', dns({ AAAA: ['2606:2800:21F:CB07:0:0:0:1'] }), 'allow', [OTHER]],
  ];
  for (const [what, given, verdict, connects] of cases) {
    it(what, async () => {
      const answer = await check(given);

      assert.deepEqual({ verdict: answer.verdict, connects: answer.connects }, { verdict, connects }, answer.reason);
      assert.notEqual(answer.reason, '');
    });
  }

  it('asks the system resolver only without dns', async () => {
    assert.deepEqual((await check({}, async (name) => (name === 'hooks.example' ? [PUBLIC] : []))).connects, [PUBLIC]);
  });

  it('says which attempt was refused, and why', async () => {
    const { reason } = await check({ ...dns({ A: [PUBLIC] }, { A: ['10.9.8.7'] }), attempts: 2 });

    assert.equal(reason, 'attempt 2: hooks.example leads to 10.9.8.7, which is a private address; only public addresses are allowed');
  });

  it('answers the same when it is asked again', async () => {
    const given = parseUrlCase({ id: 1, url: URL_, ...dns({ A: [PUBLIC] }, { A: ['10.9.8.7'] }) });

    assert.deepEqual(await checkUrlCase(given), await checkUrlCase(given));
  });
});

describe('a line that is no case', () => {
  const mistakes: [string, unknown, RegExp][] = [
    ['an unknown field', { id: 'x', url: URL_, polici: {} }, /^polici: is not a field/],
    ['an unknown field of the policy', { id: 'x', url: URL_, policy: { allow_all: true } }, /^policy\.allow_all: is not a field/],
    ['an unknown field of an answer', { id: 'x', url: URL_, dns: { a: [{ TXT: [] }] } }, /^dns\.a\.0\.TXT: is not a field/],
    ['an unknown field of a response', { id: 'x', url: URL_, responses: [{ status: 200, body: '' }] }, /^responses\.0\.body: is not a field/],
    ['no url', { id: 'x' }, /^url: expected string/],
    ['a url of another kind', { id: 'x', url: 7 }, /^url: expected string/],
    ['no attempts', { id: 'x', url: URL_, attempts: 0 }, /^attempts: /],
    ['half an attempt', { id: 'x', url: URL_, attempts: 1.5 }, /^attempts: /],
    ['a name without answers', { id: 'x', url: URL_, dns: { 'hooks.example': [] } }, /^dns\.hooks\.example: /],
    ['a host that is none', { id: 'x', url: 'not a url', policy: { allow_hosts: ['https://a'] } }, /^allow_hosts holds "https:\/\/a"/],
  ];
  for (const [what, value, message] of mistakes) {
    it(`is answered with its id and an error that names the field: ${what}`, async () => {
      const answer = await answerUrlCase(value);

      assert.ok('error' in answer);
      assert.equal(answer.id, 'x');
      assert.match(answer.error.message, message);
      assert.match(answer.error.code, /^(CASE|NET_POLICY)_INVALID$/);
    });
  }

  for (const value of [null, 7, 'x', [], {}]) {
    it(`is answered without an id where it has none: ${JSON.stringify(value)}`, async () => {
      const answer = await answerUrlCase(value);

      assert.ok('error' in answer && answer.id === null && answer.error.code === 'CASE_INVALID');
    });
  }

  it('is no mistake when it is a case', async () => {
    assert.deepEqual(await answerUrlCase({ id: 7, url: 'https://127.0.0.1/' }), { id: 7, verdict: 'deny', connects: [], reason: '127.0.0.1 is a loopback address; only public addresses are allowed' });
  });
});
