import assert from 'node:assert/strict';
import { admit, isRefusal, type NetPolicy } from '../index.ts';
import type { RefusalKind } from '../refusal.ts';

/** Every name leads to a public address, so that only the text can be at fault. */
const everywhere = async (): Promise<string[]> => ['93.184.215.14'];

async function verdict(url: string, policy: NetPolicy = {}, answers?: readonly string[]): Promise<'allow' | RefusalKind> {
  const admission = await admit(url, { policy, resolve: answers === undefined ? everywhere : async () => answers });
  return isRefusal(admission) ? admission.refused : 'allow';
}

/** Addresses of this machine, of private networks and of nowhere, in the plain spelling and in all others. */
const REFUSED_HOSTS: Record<string, readonly string[]> = {
  loopback: [
    '127.0.0.1', '127.0.0.2', '127.255.255.255', '[::1]', '[0:0:0:0:0:0:0:1]', '[::0001]', '[::ffff:127.0.0.1]', '[::FFFF:7F00:1]', '[0:0:0:0:0:ffff:7f00:0001]',
    '[::127.0.0.1]', '[::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[64:ff9b:1:ffff::1]', '[2002:7f00:1::]', '[2002:7f00:1::1]',
    '[2001:0:7f00:1::]', '[2001:0:4136:e378:8000:63bf:80ff:fffe]', '[fe80::5efe:127.0.0.1]', '[2600:1f18::5efe:7f00:1]', '[2600:1f18::200:5efe:127.0.0.1]', '[::ffff:0:127.0.0.1]', '[::ffff:0:7f00:1]',
    'localhost', 'LOCALHOST', 'LocalHost', 'localhost.', 'app.localhost', 'a.b.localhost', 'APP.LocalHost.',
    '2130706433', '017700000001', '0x7f000001', '0X7F000001', '0x7f.0x0.0x0.0x1', '0177.0.0.1', '0177.0.0.01', '127.1', '127.0.1', '127.0.0.0x1', '0x7f.1', '127.0.0.1.', '2130706433.', '0x7f.1.',
    '00000177.0.0.1', '0x000000000007f.0.0.1', '127.0.0.01', '127.00.0.1', '127.000.000.001', '127.0.0.1%2e', '%31%32%37.0.0.1', '127%2e0%2e0%2e1', '%6c%6f%63%61%6c%68%6f%73%74', '%00127.0.0.1',
    '①②⑦.⓪.⓪.①', '１２７.０.０.１', '１２７．０．０．１', '127。0。0。1', '127｡0｡0｡1', '𝟏𝟐𝟕.𝟎.𝟎.𝟏', '١٢٧.٠.٠.١', '१२७.०.०.१', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'ｌｏｃａｌｈｏｓｔ', 'locaⅼhost', 'loca\u00adlhost', 'local\u200bhost', '127.0.0.1\u200b', 'lo\u202ecalhost',
  ],
  'this network': ['0.0.0.0', '0.1.2.3', '0.255.255.255', '[::]', '[0:0:0:0:0:0:0:0]', '[::ffff:0.0.0.0]', '0', '00', '0x0', '0.0', '0.0.0', '000.000.000.000', '[::0.0.0.0]'],
  private: [
    '10.0.0.0', '10.9.8.7', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255', '[::ffff:10.0.0.1]', '[::ffff:c0a8:101]', '[64:ff9b::10.0.0.1]', '[64:ff9b::192.168.1.1]',
    '[2002:a00:1::]', '[2002:c0a8:101::1]', '[::10.0.0.1]', '[fc00::1]', '[fd12:3456:789a::1]', '[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]', '[fd00::5efe:10.0.0.1]', '[2a00::5efe:a00:1]',
    '167772161', '0xa000001', '10.1', '012.0.0.1', '0300.0250.1.1', '3232235777', '0xc0a80101', '192.168.257', '[fec0::1]', '[feff::1]',
  ],
  'link-local': ['169.254.0.1', '169.254.255.255', '[fe80::1]', '[febf::1]', '[fe80::1%25eth0]', '[fe80::1%eth0]', '[fe80::1%251]', '[::ffff:169.254.1.1]', '0251.0376.1.1'],
  metadata: [
    '169.254.169.254', '2852039166', '0xa9fea9fe', '0xA9.0xFE.0xA9.0xFE', '0251.0376.0251.0376', '169.254.43518', '169.16689662', '169.254.169.254.', '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]', '[::a9fe:a9fe]', '[fd00:ec2::254]', '[fd00:ec2::23]', '[fd20:ce::254]', '[fd00:42::42]', '100.100.100.200', '168.63.129.16', '192.0.0.192', '169.254.170.2', '[::ffff:168.63.129.16]', '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  ],
  shared: ['100.64.0.1', '100.127.255.255', '[::ffff:100.64.0.1]', '0x64400001'],
  documentation: ['192.0.2.1', '198.51.100.7', '203.0.113.255', '[2001:db8::1]', '[2001:db8:ffff::1]', '[3fff::1]', '[3fff:fff::1]', '[::ffff:192.0.2.1]'],
  benchmark: ['198.18.0.1', '198.19.255.255', '[2001:2::1]', '[::ffff:198.18.0.1]'],
  multicast: ['224.0.0.1', '239.255.255.255', '233.252.0.1', '[ff00::1]', '[ff02::1]', '[ff0e::1]', '[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]', '[::ffff:224.0.0.1]'],
  reserved: [
    '240.0.0.1', '254.1.2.3', '255.255.255.255', '192.0.0.1', '192.0.0.170', '192.88.99.1', '[100::1]', '[2001::1]', '[2001:10::1]', '[2001:20::1]', '[2001:1ff::1]', '[2002::1]', '[2002:808:808::1]', '[4000::1]', '[5f00::1]',
    '[200::1]', '[1::1]', '[::2]', '[::8.8.8.8]', '[::ffff:0:8.8.8.8]', '[64:ff9b:2::1]', '[8000::1]', '[e000::1]', '[f800::1]', '[fe00::1]', '4294967295', '0xffffffff',
  ],
  // They lead to a public address, but not by a spelling of which there is one reading.
  'odd spelling': ['134744072', '0x08080808', '010.8.8.8', '8.8.2056', '8.8.8', '8.8.8.8.', '8.8.8.8.8', '256.8.8.8', '8.8.8.256', '1.2.3.4.5.6', '08.8.8.8', '8.8.8.08', 'example.com.1', 'example.0x7f', 'a.0', 'a.0x', '１.１.１.１'],
};

const REFUSED_TEXT: Record<RefusalKind, readonly string[]> = {
  text: [
    '', ' ', 'https:', 'https:/', 'https://', 'https:///', 'https:///example.com/', 'https:////example.com/', 'https:/example.com/', 'https:example.com', 'http:///127.0.0.1/', '//example.com/', 'example.com', '/path', 'https',
    ' https://example.com/', 'https://example.com/ ', '\thttps://example.com/', 'https://exam\tple.com/', 'https://exam\nple.com/', 'https://exam\r\nple.com/', 'ht\ntps://example.com/', 'https:\n//example.com', 'https://example.com/a b', 'https://example.com/\u0000',
    'https://example.com/\u007f', 'https://example.com/\u0085', 'https://example.com/\u00a0', 'https://example.com/\u2028', 'https://example.com/\u3000', 'https://example.com/\ufeff', '\ufeffhttps://example.com/', 'https://example.com/\u202etxt', 'https://example.com/\ud800',
    'https:\\\\example.com\\', 'https://example.com\\@169.254.169.254/', 'https://example.com\\.evil.example/', 'https:/\\example.com', 'https://example.com/a\\b', '\\\\example.com\\share',
    'https://example.com:', 'https://example.com:/', 'https://example.com:0/', 'https://example.com:00443/', 'https://example.com:65536/', 'https://example.com:99999999999/', 'https://example.com:-1/', 'https://example.com:+443/', 'https://example.com:44a/', 'https://example.com:４４３/', 'https://example.com:443:443/', 'https://example.com:%34%34%33/',
    'https://[::1/', 'https://::1]/', 'https://::1/', 'https://[::1]]/', 'https://[[::1]]/', 'https://[]/', 'https://[127.0.0.1]/', 'https://[example.com]/', 'https://[::1]example.com/', 'https://[v1.fe80::a]/', 'https://[::1%00]/', 'https://[2606:4700::1111/', 'https://2606:4700::1111/',
    'https://exa%6dple.com/', 'https://example%2ecom/', 'https://example.com%2f.127.0.0.1/', 'https://example.com%00.evil.example/', 'https://example.com%0d%0a/', 'https://example.com/%', 'https://example.com/%zz', 'https://example.com/%a', 'https://example.com/?q=100%', 'https://example.com/%u0041', 'https://example.com/#%',
    'https://.example.com/', 'https://example..com/', 'https://example.com../', 'https://../', 'https://./', 'https://-example.com/', 'https://example-.com/', 'https://exam!ple.com/', 'https://exam,ple.com/', 'https://exam;ple.com/', 'https://exam$ple.com/', 'https://exam(ple.com/', 'https://exam"ple.com/', "https://exam'ple.com/", 'https://exam<ple.com/', 'https://exam`ple.com/', 'https://exam{ple.com/', 'https://exam|ple.com/', 'https://exam^ple.com/', 'https://exam~ple.com/', 'https://exam&ple.com/', 'https://exam=ple.com/', 'https://exam*ple.com/', 'https://exam+ple.com/',
    `https://${'a'.repeat(64)}.com/`, `https://${'a.'.repeat(130)}com/`, `https://example.com/${'a'.repeat(8200)}`,
    'https://ｅxample.com/', 'https://example。com/', 'https://faß.example/', 'https://fas\u200ds.example/', 'https://\u212aexample.com/', 'https://exa\u0341mple.com/', 'https://exa\u0301mple.com/', 'https://BÜCHER.example/', 'https://℀.example/', 'https://evil.c℀.example/', 'https://example.com⁄.evil.example/', 'https://example.com／evil/', 'https://example.com？evil/', 'https://example.com＃evil/', 'https://example.com＠127.0.0.1/', 'https://example.com：80/', 'https://💩.example/', 'https://xn--a/', 'https://xn--/', 'https://xn--example-.com/', 'https://xn--bcher-kv/',
  ],
  scheme: ['http://example.com/', 'HTTP://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'file://example.com/', 'gopher://127.0.0.1:6379/_x', 'ws://example.com/', 'wss://example.com/', 'javascript:alert(1)', 'data:text/html,x', 'blob:https://example.com/x', 'mailto:a@example.com', 'ldap://example.com/', 'dict://example.com:11211/', 'unix:/var/run/docker.sock', 'view-source:https://example.com/', 'jar:https://example.com!/', 'about:blank', 'httpss://example.com/', 'https+unix://example.com/', 'url:https://example.com/', 'c:/windows/', 'localhost:3000/', 'http://127.0.0.1/'],
  credentials: ['https://user@example.com/', 'https://user:secret@example.com/', 'https://@example.com/', 'https://:@example.com/', 'https://user:@example.com/', 'https://example.com@127.0.0.1/', 'https://example.com:443@127.0.0.1/', 'https://127.0.0.1:80@example.com/', 'https://a@b@example.com/', 'https://user%40x@example.com/', 'https://example.com#@127.0.0.1/', 'https://example.com?@127.0.0.1/', 'https://example.com?x#y@127.0.0.1', 'https://127.0.0.1#@example.com/', 'https://foo@[::1]/'],
  address: [],
  resolver: [],
  redirect: [],
};

const ALLOWED = [
  'https://0xg/',   'https://example.com', 'https://example.com/', 'HTTPS://EXAMPLE.COM/', 'hTtPs://Example.Com/', 'https://example.com./', 'https://example.com:443/', 'https://example.com:8443/', 'https://example.com:1/', 'https://example.com:65535/', 'https://example.com?x=1', 'https://example.com#top',
  'https://example.com/a@b', 'https://example.com/?mail=a@b.example', 'https://example.com/#a@b', 'https://example.com/%20%00%0d%0a%2f..%5c', 'https://example.com/../..//x', 'https://example.com/a:b/http://127.0.0.1/', 'https://example.com/?url=http://169.254.169.254/', 'https://example.com/|{}^`<>"[]', 'https://example.com/ü/日本語?q=ñ',
  'https://hooks.example.com/services/T0/B0/x', 'https://a.b.c.d.e.example/', 'https://a-b.example/', 'https://a--b.example/', 'https://r3---sn.example/', 'https://_dmarc.example.com/', 'https://my_app.example.com/', 'https://1password.com/', 'https://1e100.net/', 'https://127.0.0.1.example/', 'https://10-0-0-1.example/', 'https://0x7f.example/', 'https://123.example/', 'https://xn--bcher-kva.example/', 'https://bücher.example/', 'https://日本語.example/', 'https://пример.example/', 'https://παράδειγμα.example/', 'https://xn--fa-hia.example/', 'https://localhost.example.com/', 'https://notlocalhost/', 'https://metadata.google.internal.example.com/', `https://${'a'.repeat(63)}.example/`,
  'https://1.1.1.1/', 'https://8.8.8.8/', 'https://8.8.8.8:853/', 'https://9.255.255.255/', 'https://11.0.0.0/', 'https://100.63.255.255/', 'https://100.128.0.0/', 'https://126.255.255.255/', 'https://128.0.0.1/', 'https://169.253.255.255/', 'https://169.255.0.0/', 'https://172.15.255.255/', 'https://172.32.0.0/', 'https://191.255.255.255/', 'https://192.0.1.0/', 'https://192.0.3.0/', 'https://192.167.255.255/', 'https://192.169.0.0/', 'https://198.17.255.255/', 'https://198.20.0.0/', 'https://198.51.99.255/', 'https://198.51.101.0/', 'https://203.0.112.255/', 'https://203.0.114.0/', 'https://223.255.255.255/', 'https://1.0.0.0/', 'https://168.63.129.17/',
  'https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700:0:0:0:0:1111]/', 'https://[2606:4700:4700:0000::1111]:8443/', 'https://[2A00:1450::1]/', 'https://[2001:4860:4860::8888]/', 'https://[2000::1]/', 'https://[2001:200::1]/', 'https://[2003::1]/', 'https://[3ffe::1]/', 'https://[3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff]/', 'https://[2620:fe::fe]/', 'https://[::ffff:8.8.8.8]/', 'https://[::ffff:808:808]/', 'https://[64:ff9b::8.8.8.8]/', 'https://[64:ff9b::808:808]/', 'https://[2600::5efe:808:808]/',
];

describe('an address that requests may go to', () => {
  for (const url of ALLOWED) it(`allows ${show(url)}`, async () => assert.equal(await verdict(url), 'allow'));
});

describe('a host that requests may not go to', () => {
  for (const [kind, hosts] of Object.entries(REFUSED_HOSTS)) {
    for (const host of hosts) {
      it(`refuses ${kind} as ${show(host)}, with https and http, with and without a port`, async () => {
        for (const url of [`https://${host}/`, `https://${host}`, `https://${host}:8443/latest`, `http://${host}/`]) {
          // Plain http is opened, so that it is the host which is judged.
          assert.ok(['text', 'address'].includes(await verdict(url, { allowHttp: true })), url);
        }
      });
    }
  }
});

describe('a text that is no certain address', () => {
  for (const [kind, urls] of Object.entries(REFUSED_TEXT)) {
    for (const url of urls) it(`refuses ${show(url)} for its ${kind}`, async () => assert.equal(await verdict(url), kind));
  }

  it('says what was found and what is allowed, without repeating the path or the credentials', async () => {
    for (const url of [...REFUSED_TEXT.text, ...REFUSED_TEXT.scheme, ...REFUSED_TEXT.credentials]) {
      const admission = await admit(url, { resolve: everywhere });
      assert.ok(isRefusal(admission) && admission.reason.length > 20 && !/secret|passwd/.test(admission.reason) && admission.reason.length < 300, url);
    }
  });
});

describe('what a name leads to', () => {
  const cases: [string, readonly string[], 'allow' | RefusalKind][] = [
    ['one public address', ['93.184.215.14'], 'allow'],
    ['public addresses of both families', ['93.184.215.14', '2606:2800:21f:cb07::1'], 'allow'],
    ['a NAT64 address of a public one', ['64:ff9b::5db8:d70e'], 'allow'],
    ['a mapped public address', ['::ffff:93.184.215.14'], 'allow'],
    ['nothing', [], 'resolver'],
    ['a private address', ['10.9.8.7'], 'address'],
    ['a public and then a private address', ['93.184.215.14', '10.9.8.7'], 'address'],
    ['a private and then a public address', ['10.9.8.7', '93.184.215.14'], 'address'],
    ['public IPv4 and unique-local IPv6', ['93.184.215.14', 'fd00::1'], 'address'],
    ['loopback', ['127.0.0.1'], 'address'],
    ['loopback in IPv6', ['::1'], 'address'],
    ['the metadata service', ['169.254.169.254'], 'address'],
    ['the metadata service in public space', ['168.63.129.16'], 'address'],
    ['a mapped private address', ['::ffff:10.9.8.7'], 'address'],
    ['a NAT64 address of a private one', ['64:ff9b::a09:807'], 'address'],
    ['zero', ['0.0.0.0'], 'address'],
    ['multicast', ['239.1.1.1'], 'address'],
    ['an address with a zone', ['fe80::1%eth0'], 'resolver'],
    ['text that is no address', ['localhost'], 'resolver'],
    ['an address in octal', ['010.8.8.8'], 'resolver'],
    ['an address in hex among good ones', ['93.184.215.14', '0x7f000001'], 'resolver'],
  ];
  for (const [what, answers, expected] of cases) {
    it(`${expected === 'allow' ? 'allows' : 'refuses'} a name that leads to ${what}`, async () => assert.equal(await verdict('https://example.com/', {}, answers), expected));
  }

  it('refuses a name that the resolver does not know, and says its word for it', async () => {
    const admission = await admit('https://nowhere.example/', { resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })) });

    assert.deepEqual(admission, { refused: 'resolver', reason: 'nowhere.example cannot be looked up: ENOTFOUND' });
  });

  it('hands out all answers, in their order, with mapped ones as the IPv4 addresses that they are', async () => {
    const admission = await admit('https://example.com/', { resolve: async () => ['2606:2800::1', '::ffff:1.1.1.1', '8.8.8.8'] });

    assert.ok(!isRefusal(admission));
    assert.deepEqual(admission.addresses.map(({ text }) => text), ['2606:2800::1', '1.1.1.1', '8.8.8.8']);
  });

  it('asks once for a name, in ASCII without the final dot, and never for an address or for this machine', async () => {
    const asked: string[] = [];
    const resolve = async (name: string): Promise<string[]> => { asked.push(name); return ['8.8.8.8']; };

    await admit('https://Bücher.Example./', { resolve });
    await admit('https://8.8.8.8/', { resolve });
    await admit('https://[2606:4700::1]/', { resolve });
    await admit('https://localhost/', { resolve });
    await admit('https://app.localhost/', { resolve });

    assert.deepEqual(asked, ['xn--bcher-kva.example']);
  });

  it('stops waiting for the resolver when the caller gives up', async () => {
    const abort = new AbortController();
    const waiting = admit('https://example.com/', { signal: abort.signal, resolve: (_name, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))) });
    abort.abort(new Error('enough'));

    await assert.rejects(waiting, /enough/);
  });
});

describe('what a person may open', () => {
  const cases: [string, string, NetPolicy, readonly string[] | undefined, 'allow' | RefusalKind][] = [
    ['loopback, plain http', 'http://127.0.0.1:3000/', { allowLoopback: true }, undefined, 'allow'],
    ['loopback, https', 'https://127.0.0.1:3000/', { allowLoopback: true }, undefined, 'allow'],
    ['loopback in IPv6', 'http://[::1]:3000/', { allowLoopback: true }, undefined, 'allow'],
    ['all of 127/8', 'http://127.8.8.8/', { allowLoopback: true }, undefined, 'allow'],
    ['mapped loopback', 'http://[::ffff:127.0.0.1]/', { allowLoopback: true }, undefined, 'allow'],
    ['localhost', 'http://localhost:3000/', { allowLoopback: true }, ['127.0.0.1', '::1'], 'allow'],
    ['a name that leads to loopback', 'http://dev.example/', { allowLoopback: true }, ['127.0.0.1'], 'allow'],
    ['public https still', 'https://example.com/', { allowLoopback: true }, undefined, 'allow'],
    ['loopback: not plain http elsewhere', 'http://example.com/', { allowLoopback: true }, undefined, 'scheme'],
    ['loopback: not a name that leads there and elsewhere, over http', 'http://dev.example/', { allowLoopback: true }, ['127.0.0.1', '8.8.8.8'], 'scheme'],
    ['loopback: not localhost that leads elsewhere', 'https://localhost/', { allowLoopback: true }, ['8.8.8.8'], 'address'],
    ['loopback: not 0.0.0.0', 'http://0.0.0.0/', { allowLoopback: true }, undefined, 'address'],
    ['loopback: not ::', 'http://[::]/', { allowLoopback: true }, undefined, 'address'],
    ['loopback: not private', 'https://10.0.0.1/', { allowLoopback: true }, undefined, 'address'],
    ['loopback: not link-local', 'https://169.254.1.1/', { allowLoopback: true }, undefined, 'address'],
    ['loopback: not NAT64 of it', 'https://[64:ff9b::7f00:1]/', { allowLoopback: true }, undefined, 'address'],
    ['loopback: not 6to4 of it', 'https://[2002:7f00:1::]/', { allowLoopback: true }, undefined, 'address'],
    ['loopback: not in octal', 'http://0177.0.0.1/', { allowLoopback: true }, undefined, 'text'],
    ['loopback: not in decimal', 'http://2130706433/', { allowLoopback: true }, undefined, 'text'],
    ['loopback: not with credentials', 'http://a:b@127.0.0.1/', { allowLoopback: true }, undefined, 'credentials'],
    ['plain http', 'http://example.com/', { allowHttp: true }, undefined, 'allow'],
    ['plain http to an address', 'http://8.8.8.8:8080/', { allowHttp: true }, undefined, 'allow'],
    ['plain http: not other schemes', 'ftp://example.com/', { allowHttp: true }, undefined, 'scheme'],
    ['plain http: not loopback', 'http://127.0.0.1/', { allowHttp: true }, undefined, 'address'],
    ['plain http: not a private name', 'http://intranet/', { allowHttp: true }, ['10.0.0.5'], 'address'],
    ['a private host', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5'], 'allow'],
    ['a private host in unique-local space', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['fd12::5'], 'allow'],
    ['a private host, in capitals and with a dot', 'https://HOOKS.corp.example./', { allowHosts: ['Hooks.Corp.Example'] }, ['192.168.1.5'], 'allow'],
    ['a private host named with a dot', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example.'] }, ['192.168.1.5'], 'allow'],
    ['a private host with public addresses too', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5', '8.8.8.8'], 'allow'],
    ['a private address by itself', 'https://10.0.0.5/', { allowHosts: ['10.0.0.5'] }, undefined, 'allow'],
    ['a private IPv6 address by itself', 'https://[fd12::5]/', { allowHosts: ['fd12:0::5'] }, undefined, 'allow'],
    ['a private IPv6 address in brackets', 'https://[fd12::5]/', { allowHosts: ['[fd12::5]'] }, undefined, 'allow'],
    ['a private host on any port', 'https://hooks.corp.example:9443/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5'], 'allow'],
    ['a host: not over plain http', 'http://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5'], 'scheme'],
    ['a host, and plain http', 'http://hooks.corp.example/', { allowHosts: ['hooks.corp.example'], allowHttp: true }, ['10.0.0.5'], 'allow'],
    ['a host: not another one', 'https://other.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5'], 'address'],
    ['a host: not one below it', 'https://x.hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5'], 'address'],
    ['a host: not one above it', 'https://corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5'], 'address'],
    ['a host: not its address by itself', 'https://10.0.0.5/', { allowHosts: ['hooks.corp.example'] }, undefined, 'address'],
    ['a host: not another private address', 'https://10.0.0.6/', { allowHosts: ['10.0.0.5'] }, undefined, 'address'],
    ['a host: never the metadata service', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['169.254.169.254'], 'address'],
    ['a host: never the metadata service beside a good address', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['10.0.0.5', '169.254.169.254'], 'address'],
    ['a host: never the metadata service by its address', 'https://169.254.169.254/', { allowHosts: ['169.254.169.254'] }, undefined, 'address'],
    ['a host: never the metadata service in unique-local space', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['fd00:ec2::254'], 'address'],
    ['a host: never the metadata service by its name', 'https://metadata.google.internal/', { allowHosts: ['metadata.google.internal'] }, ['169.254.169.254'], 'address'],
    ['a host: not loopback', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['127.0.0.1'], 'address'],
    ['a host: not link-local', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['169.254.7.7'], 'address'],
    ['a host: not shared space', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['100.64.0.1'], 'address'],
    ['a host: not NAT64 of a private address', 'https://hooks.corp.example/', { allowHosts: ['hooks.corp.example'] }, ['64:ff9b::a00:5'], 'address'],
    ['a host: not localhost', 'https://localhost/', { allowHosts: ['localhost'] }, ['127.0.0.1'], 'address'],
  ];
  for (const [what, url, policy, answers, expected] of cases) {
    it(`${expected === 'allow' ? 'opens' : 'keeps shut'} ${what}`, async () => assert.equal(await verdict(url, policy, answers), expected));
  }

  it('opens the names under localhost, where the resolver does not know them', async () => {
    const admission = await admit('http://app.localhost:3000/', { policy: { allowLoopback: true }, resolve: () => Promise.reject(new Error('ENOTFOUND')) });

    assert.ok(!isRefusal(admission));
    assert.deepEqual(admission.addresses.map(({ text }) => text), ['127.0.0.1', '::1']);
  });

  for (const entry of ['*.corp.example', 'https://corp.example', 'corp.example:443', 'a b', '', '10.0.0.0/8', '0x7f.1']) {
    it(`takes ${JSON.stringify(entry)} in the list of hosts for a mistake`, async () => {
      await assert.rejects(verdict('https://example.com/', { allowHosts: [entry] }), { code: 'NET_POLICY_INVALID' });
    });
  }
});

/** Control and invisible characters written out, and long texts cut. */
function show(text: string): string {
  const visible = JSON.stringify(text).replaceAll(/[^\u0020-\u007e]/g, (character) => (/[\p{C}\p{Z}]/u.test(character) ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character));
  return visible.length > 90 ? `${visible.slice(0, 80)}… (${text.length} characters)` : visible;
}
