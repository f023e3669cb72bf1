#!/usr/bin/env node
// @ts-check
// A team's pool: two accounts, one of which comes to its limit, any program that speaks to the vendor, and the books.
// It plays with a vendor of its own, in a home of its own, from a clone:
//   export PITH_HOME=$(mktemp -d)
//   pith plugins link plugins/balancer
//   node examples/13-balancer/team.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startVendor } from './vendor.mjs';

const ACCOUNTS = { alice: 'sk-ant-of-alice-0123456789', bob: 'sk-ant-of-bob-0123456789' };

/** @param {string[]} args @param {'inherit' | 'pipe'} stdout */
function start(args, stdout) {
  return spawn('pith', args, { stdio: ['pipe', stdout, 'inherit'], shell: process.platform === 'win32' });
}

/** Runs pith to its end. @param {string[]} args @param {string} [input] @returns {Promise<string>} what it prints */
async function pith(args, input = '') {
  const child = start(args, 'pipe');
  child.stdin?.end(input);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece) => { text += piece; });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`pith ${args.join(' ')} ended with ${code}`);
  return text;
}

/** As any program does that takes a base address. @param {string} url */
async function ask(url) {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'Say good morning.' }] }),
  });
  const { content, error } = /** @type {any} */ (await response.json());
  return `${response.status} ${content?.[0].text ?? error.message}`;
}

if (JSON.parse(await pith(['accounts', 'list', '--json'])).length > 0) throw new Error('There are accounts here already, which are not to be played with; set PITH_HOME to an empty folder');
const vendor = await startVendor({ [ACCOUNTS.alice]: 1, [ACCOUNTS.bob]: 2 });

// Keys are piped in, so that they stand in no history. Alice comes first, bob when she is out.
for (const [index, [name, key]] of Object.entries(ACCOUNTS).entries()) {
  await pith(['accounts', 'add', name, '--provider', 'anthropic', '--base-url', vendor.url, '--allow-loopback', '--priority', String(index)], key);
}

const proxy = start(['proxy', '--port', '0', '--json'], 'pipe');
const [line] = await once(createInterface({ input: /** @type {import('node:stream').Readable} */ (proxy.stdout) }), 'line');
const { url } = JSON.parse(line);
try {
  for (let index = 0; index < 4; index++) console.log(await ask(url));
  console.log(`\n${await pith(['accounts'])}`);
  console.log(await pith(['stats']));
} finally {
  proxy.kill();
  vendor.close();
}
await once(proxy, 'close');
