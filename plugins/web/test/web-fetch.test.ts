import assert from 'node:assert/strict';
import { allowAll, createTestKernel, type LoopbackServer, startServer, type TestKernel } from '@pith/kernel/testing';
import { afterEach } from 'mocha';
import web from '../src/index.ts';

const PAGE = `<!doctype html><html><head><title>T</title><style>p{color:red}</style><script>alert(1)</script></head><body><nav>menu</nav>
<h1>News</h1><p>Some <b>bold</b> text &amp; more, see <a href="/next">the next page</a>.</p><ul><li>one</li><li>two</li></ul><img src="x.png"><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></body></html>`;

describe('web-fetch', () => {
  const opened: (TestKernel | LoopbackServer)[] = [];
  afterEach(async () => { for (const thing of opened.splice(0)) await thing.close(); });

  const serve = async (status: number, headers: Record<string, string>, body: string | Buffer): Promise<LoopbackServer> => {
    const server = await startServer((_, response) => void response.writeHead(status, headers).end(body));
    opened.push(server);
    return server;
  };
  const fetchPage = async (url: string, options: object = { allowLoopback: true }) => {
    const test = await createTestKernel({ plugins: [web, allowAll], options: { web: options } });
    opened.push(test);
    const outcome = await test.session.callTool({ name: 'web-fetch', input: { url } });
    return { ...outcome, text: outcome.content.map((block) => (block.type === 'text' ? block.text : '')).join('') };
  };

  it('gives a page as text, without scripts, styles, pictures and menus', async () => {
    const { url } = await serve(200, { 'content-type': 'text/html; charset=utf-8' }, PAGE);

    const { status, text } = await fetchPage(url);

    assert.equal(status, 'done');
    assert.match(text, /^News\n\nSome bold text & more, see the next page \[http:\/\/127\.0\.0\.1:\d+\/next\]\.\n\n \* one\n \* two/);
    assert.match(text, /a +b\n1 +2/);
    assert.doesNotMatch(text, /alert|color|menu|x\.png/);
  });

  it('gives other text as it is', async () => {
    const { url } = await serve(200, { 'content-type': 'application/json' }, '{"a": 1}');

    assert.equal((await fetchPage(url)).text, '{"a": 1}');
  });

  it('names what is not text, and shows nothing of it', async () => {
    const { url } = await serve(200, { 'content-type': 'image/png' }, Buffer.from([1, 2, 3]));

    assert.equal((await fetchPage(url)).text, '[image/png, 3 bytes: not text]');
  });

  it('tells the status of an answer that is none of success', async () => {
    const { url } = await serve(404, { 'content-type': 'text/plain' }, 'gone');

    const { status, text } = await fetchPage(url);

    assert.deepEqual([status, text], ['error', '[status 404]\ngone']);
  });

  it('does not follow a redirect, and tells where it leads', async () => {
    const server = await serve(302, { location: 'http://10.0.0.1/secret' }, '');

    const { status, text, code } = await fetchPage(server.url);

    assert.deepEqual([status, code], ['error', 'NET_REDIRECTED']);
    assert.match(text, /http:\/\/10\.0\.0\.1\/secret/);
    assert.equal(server.requests.length, 1);
  });

  it('keeps head and tail of a long text', async () => {
    const { url } = await serve(200, { 'content-type': 'text/plain' }, `begin ${'x'.repeat(200_000)} end`);

    const { text } = await fetchPage(url);

    assert.ok(text.length < 61_000 && text.startsWith('begin') && text.endsWith('end'));
  });

  it('goes nowhere but to public addresses unless a person opened more', async () => {
    const server = await serve(200, {}, 'secret');

    for (const url of [server.url, 'https://10.1.2.3/', 'https://169.254.169.254/latest', 'https://[::1]/', 'file:///etc/passwd', 'https://user:pass@example.org/']) {
      const { status, code } = await fetchPage(url, {});
      assert.deepEqual([status, code], ['error', 'NET_REFUSED'], url);
    }
    assert.equal(server.requests.length, 0);
  });

  it('is judged by its address, and asks where no rule allows it', async () => {
    const test = await createTestKernel({ plugins: [web] });
    opened.push(test);

    const { status, verdict } = await test.session.callTool({ name: 'web-fetch', input: { url: 'https://example.org/' } });

    assert.deepEqual([status, verdict], ['refused', 'deny']);
  });

  it('loads alone, keeps its list of tools the same, and refuses options that it does not know', async () => {
    const test = await createTestKernel({ plugins: [web] });
    opened.push(test);
    const wrong = await createTestKernel({ plugins: [web], options: { web: { allowloopback: true } } });
    opened.push(wrong);

    assert.equal(test.kernel.plugins[0]?.state, 'active');
    assert.match(wrong.kernel.plugins[0]?.error?.message ?? '', /allowloopback: is not known/);
  });
});
