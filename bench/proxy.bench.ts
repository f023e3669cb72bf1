// What `pith proxy` costs beside a bare pipe of node:http (pipe.js), both as processes of their own before the same vendor, with logging
// and accounting on: processor time, requests a second, latency, memory, start. Run with: npm run bench proxy
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createKernel } from '@pith/kernel';
import { Pool } from 'undici';
import balancer from '../plugins/balancer/src/index.ts';
import { messagesStream } from '../plugins/balancer/test/upstream-replies.ts';
import { startUpstream } from '../plugins/balancer/test/upstream.ts';
import database from '../plugins/database/src/index.ts';
import vault from '../plugins/vault/src/index.ts';
import { type Figure, median, report } from './measure.ts';

const ROUNDS = 5;
/** Requests before anything is measured. */
const WARM = 12_000;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'pith-bench-proxy-'));
const upstream = await startUpstream({ keepAliveMs: 600_000 });
const env = { ...process.env, PITH_HOME: folder, PITH_VAULT_KEYRING: 'off' };
await prepareHome();

interface Running { child: ChildProcess; pool: Pool; startMs: number }
interface Load { body: string; count: number; atOnce: number }
interface Round { cpuMs: number; perSecond: number; latencyMs: number; firstByteMs: number; lateFirstByteMs: number; rssBytes: number }

const small = { model: 'test-model', max_tokens: 100, messages: [{ role: 'user', content: 'Hello, how are you today?' }] };
const LOADS: Record<string, Load> = {
  'small, 32 at once': { body: JSON.stringify(small), count: 3000, atOnce: 32 },
  'small, one by one': { body: JSON.stringify(small), count: 400, atOnce: 1 },
  '50 paced streams': { body: JSON.stringify({ ...small, stream: true }), count: 50, atOnce: 50 },
  '200 paced streams': { body: JSON.stringify({ ...small, stream: true }), count: 200, atOnce: 200 },
  'bodies of 1 MB': { body: JSON.stringify({ ...small, messages: [{ role: 'user', content: 'a word and another '.repeat(55_000) }] }), count: 100, atOnce: 8 },
};
/** Of the processor's time, in relation to the pipe's. */
const MUST: Record<string, number> = { 'small, 32 at once': 0.8, 'small, one by one': 0.8, '50 paced streams': 1, '200 paced streams': 1, 'bodies of 1 MB': 1.4 };

/** At once, for a time in which the memory of each can be looked at. */
const OPEN: Load = { body: JSON.stringify({ ...small, stream: true }), count: 200, atOnce: 200 };
const ROWS = 20_000;

const pipe = await start([here('pipe.js'), String(upstream.port)]);
const [proxy, startMs] = await startOften([here('../bin/run.js'), 'proxy', '--port', '0']);
const words = messagesStream({ text: 'word '.repeat(45) });
upstream.script(undefined, ({ body }) => (body.includes('"stream":true') ? { pieces: words, gapMs: 20 } : {}));
const figures: Figure[] = [
  { name: 'start to listening', unit: 'ms', must: 200, got: startMs },
  { name: 'memory idle', unit: 'x', must: 1.8, got: (await usage(proxy.child)).rssBytes / (await usage(pipe.child)).rssBytes },
];
// A server runs for long: until V8 has compiled what is called again and again, it is V8 that is measured.
for (const running of [pipe, proxy]) await measure(running, { ...LOADS['small, 32 at once']!, count: WARM });
for (const [name, load] of Object.entries(LOADS)) {
  const rounds: [Round, Round][] = [];
  for (let index = -1; index < ROUNDS; index++) {
    const pair: [Round, Round] = [await measure(pipe, load), await measure(proxy, load)];
    upstream.requests.length = 0;
    if (index >= 0) rounds.push(pair);
  }
  const ratio = (key: keyof Round): number => median(rounds.map(([base, ours]) => ours[key] / base[key]));
  figures.push({ name: `${name}: processor`, unit: 'x', must: MUST[name]!, got: ratio('cpuMs') });
  if (name.startsWith('small, 32')) figures.push({ name: `${name}: pipe's requests a second`, unit: 'x of ours', must: 1 / 1.3, got: 1 / ratio('perSecond') });
  if (name.startsWith('small, one')) figures.push({ name: `${name}: latency`, unit: 'x', must: 1.75, got: ratio('latencyMs') });
  if (name.startsWith('200')) figures.push({ name: `${name}: added until the first byte`, unit: 'ms', must: 10, got: median(rounds.map(([base, ours]) => ours.firstByteMs - base.firstByteMs)) });
  if (name.startsWith('200')) figures.push({ name: `${name}: added until the first byte, of the slowest in a hundred`, unit: 'ms', must: 25, got: median(rounds.map(([base, ours]) => ours.lateFirstByteMs - base.lateFirstByteMs)) });
}
figures.push(...await openStreams(), ...await manyRows());
report('proxy', figures);
for (const running of [pipe, proxy]) await end(running);
await upstream.close();
await rm(folder, { recursive: true, force: true });

/** What one more stream under way takes, after the memory has grown as it does by itself. */
async function openStreams(): Promise<Figure[]> {
  const before = await usage(proxy.child);
  const work = measure(proxy, OPEN);
  await wait(600);
  const { rssBytes } = await usage(proxy.child);
  await work;
  return [{ name: 'memory of an open stream', unit: 'KiB', must: 150, got: (rssBytes - before.rssBytes) / OPEN.count / 1024 }];
}

/** Rows stand in the database soon after the last request, and need little room there. */
async function manyRows(): Promise<Figure[]> {
  const database = new DatabaseSync(join(folder, 'data', 'pith.db'), { readOnly: true });
  const look = (): { rows: number; bytes: number; counted: number } => database.prepare('SELECT (SELECT count(*) FROM balancer_requests) AS rows, (SELECT count(output_tokens) FROM balancer_requests) AS counted, (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size) AS bytes').get() as { rows: number; bytes: number; counted: number };
  await wait(2000); // Those of before.
  const before = look();
  const { rssBytes } = await measure(proxy, { ...LOADS['small, 32 at once']!, count: ROWS });
  const endMs = performance.now();
  while (look().rows - before.rows < ROWS && performance.now() - endMs < 10_000) await wait(20);
  const [tookMs, { rows, bytes, counted }] = [performance.now() - endMs, look()];
  database.close();
  upstream.requests.length = 0;
  return [
    { name: `memory after ${ROWS} requests`, unit: 'MiB', must: 110, got: rssBytes / 1024 ** 2 },
    { name: 'rows without usage, or missing', unit: '', must: 0, got: ROWS - Math.min(rows - before.rows, counted - before.counted) },
    { name: `until ${ROWS} rows are in the database`, unit: 'ms', must: 1000, got: tookMs },
    { name: 'room of a row', unit: 'bytes', must: 300, got: (bytes - before.bytes) / ROWS },
  ];
}

async function prepareHome(): Promise<void> {
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  await writeFile(join(data, 'package.json'), JSON.stringify({ private: true, name: 'pith', oclif: { schema: 1, plugins: [{ type: 'link', name: '@pith/plugin-balancer', root: here('../plugins/balancer') }] } }));
  const kernel = await createKernel({ plugins: [database, vault, balancer], env: { PITH_VAULT_KEYRING: 'off' }, paths: { config: join(folder, 'config'), data, cache: join(folder, 'cache') } });
  const service = await kernel.service('balancer');
  await (await service.pool()).append({ type: 'added', accountId: 'one', atMs: Date.now(), by: 'bench', name: 'one', provider: 'anthropic', family: 'anthropic', credential: 'api-key', baseUrl: upstream.url, priority: 0, tier: 1, models: {} });
  await (await service.vault()).set('anthropic/one', `sk-${'x'.repeat(90)}`);
  await kernel.close();
}

async function start(argv: string[]): Promise<Running> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ['--require', here('usage.cjs'), ...argv], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  for await (const piece of child.stdout!.setEncoding('utf8')) {
    const port = /(\d{4,5})\s*$/.exec(piece as string)?.[1];
    if (port !== undefined) return { child, startMs: performance.now() - startMs, pool: new Pool(`http://127.0.0.1:${port}`, { connections: 256, headersTimeout: 60_000 }) };
  }
  throw new Error(`${argv.join(' ')} does not listen`);
}

/** The last of several, and the median of what they took; the first one, which finds nothing compiled, does not count. */
async function startOften(argv: string[]): Promise<[Running, number]> {
  let running = await start(argv);
  const tookMs: number[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    await end(running);
    running = await start(argv);
    tookMs.push(running.startMs);
  }
  return [running, median(tookMs)];
}

async function end({ child, pool }: Running): Promise<void> {
  await pool.close();
  child.send('end');
  await once(child, 'close');
}

async function usage(child: ChildProcess): Promise<{ cpuMs: number; rssBytes: number }> {
  child.send('usage');
  const [used] = await once(child, 'message') as [{ cpuMs: number; rssBytes: number }];
  return used;
}

async function measure({ child, pool }: Running, { body, count, atOnce }: Load): Promise<Round> {
  const before = await usage(child);
  const startMs = performance.now();
  const [latencies, firsts]: [number[], number[]] = [[], []];
  let left = count;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) {
      const sentMs = performance.now();
      const answer = await pool.request({ path: '/v1/messages', method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': 'of-the-client' }, body });
      firsts.push(performance.now() - sentMs);
      await answer.body.dump({ limit: 1e9 });
      latencies.push(performance.now() - sentMs);
      if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    }
  }));
  const wallMs = performance.now() - startMs;
  const after = await usage(child);
  return { cpuMs: after.cpuMs - before.cpuMs, perSecond: count / wallMs * 1000, latencyMs: median(latencies), firstByteMs: median(firsts), lateFirstByteMs: firsts.sort((a, b) => a - b)[Math.ceil(firsts.length * 0.99) - 1]!, rssBytes: after.rssBytes };
}
