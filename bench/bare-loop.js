// The least that can be called an agent: fetch, four tools, no features. pith's own share of time and memory is held
// against it. Arguments: base address, model, prompt. Speaks Anthropic Messages.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';

const [base, model, prompt] = process.argv.slice(2);
const string = { type: 'string' };
const schema = (...names) => ({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, string])), required: names });
const tools = [
  { name: 'read', description: 'Read a file.', input_schema: schema('path') },
  { name: 'write', description: 'Write a file.', input_schema: schema('path', 'content') },
  { name: 'edit', description: 'Replace text in a file.', input_schema: schema('path', 'old', 'new') },
  { name: 'bash', description: 'Run a command.', input_schema: schema('command') },
];

const run = {
  read: ({ path }) => readFile(path, 'utf8'),
  write: async ({ path, content }) => { await writeFile(path, content); return 'written'; },
  edit: async ({ path, old, new: next }) => {
    const text = await readFile(path, 'utf8');
    if (text.split(old).length !== 2) throw new Error('not exactly one place');
    await writeFile(path, text.replace(old, () => next));
    return 'edited';
  },
  bash: ({ command }) => new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => { text += part; });
    child.on('error', reject).on('close', (code) => resolve(code === 0 ? text : `${text}\nexit ${code}`));
  }),
};

async function callModel(messages) {
  const response = await fetch(`${base}/v1/messages`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': 'none', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, max_tokens: 4096, stream: true, system: 'You are a coding agent.', tools, messages }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const blocks = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data: ')) take(JSON.parse(line.slice(6)), blocks);
  }
  return blocks;
}

function take(event, blocks) {
  if (event.type === 'content_block_start') blocks[event.index] = { ...event.content_block, json: '' };
  else if (event.type === 'content_block_delta') {
    const block = blocks[event.index];
    if (event.delta.type === 'text_delta') {
      block.text += event.delta.text;
      process.stdout.write(event.delta.text);
    } else if (event.delta.type === 'input_json_delta') block.json += event.delta.partial_json;
  } else if (event.type === 'content_block_stop') {
    const block = blocks[event.index];
    if (block.type === 'tool_use') block.input = JSON.parse(block.json || '{}');
    delete block.json;
  }
}

const messages = [{ role: 'user', content: prompt }];
for (;;) {
  const content = await callModel(messages);
  messages.push({ role: 'assistant', content });
  const calls = content.filter(({ type }) => type === 'tool_use');
  if (calls.length === 0) break;
  const results = [];
  for (const { id, name, input } of calls) {
    results.push({ type: 'tool_result', tool_use_id: id, content: await run[name](input).catch((error) => `failed: ${error.message}`) });
  }
  messages.push({ role: 'user', content: results });
}
process.stdout.write('\n');
