import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { interleave, report } from './measure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = Number(process.env['PITH_BENCH_ROUNDS'] ?? 11);
/** About a token each. */
const WORDS = Number(process.env['PITH_BENCH_WORDS'] ?? 20_000);
const END_OF_FRAME = '\u001b[?2026l';
const TICK_MS = 10;

const folder = await mkdtemp(join(tmpdir(), 'pith-bench-chat-'));
// Beside the packages, so that it finds them as any program would.
const hello = join(root, 'bench', `.hello-${process.pid}.mjs`);
await writeFile(hello, "import { render, Text } from 'ink'; import { createElement } from 'react'; render(createElement(Text, null, 'hello'));");
await writeFile(join(folder, 'talk.json'), JSON.stringify({ v: 1, replies: [{ text: `${longText(WORDS)}\n\nTHE END OF IT` }] }));
const env = { ...process.env, PITH_HOME: join(folder, 'home'), PITH_LOCAL_PROBE: 'off', LANG: 'C.UTF-8' };
const chat = [join(root, 'bin/run.js'), 'chat', '--model', join(folder, 'talk.json')];

const start = (argv: readonly string[]): ReturnType<typeof spawn> => spawn(process.execPath, [...argv], { name: 'xterm-256color', cols: 100, rows: 40, cwd: folder, env });
/** From the start of the process to the end of the first frame that shows this. */
const untilShown = (argv: readonly string[], wanted: string) => (): Promise<void> => new Promise((resolve, reject) => {
  const child = start(argv);
  let [text, isSeen] = ['', false];
  child.onData((data) => {
    text += data;
    if (isSeen || !text.includes(wanted)) return;
    isSeen = true;
    resolve();
    child.kill('SIGKILL');
  });
  child.onExit(() => { if (!isSeen) reject(new Error(`it ended without ${wanted}: ${text}`)); });
});

/** Time of the processor that one frame takes while a long text streams, all of the program included. */
async function streamCost(): Promise<{ cpuMs: number; frames: number }> {
  const child = start(chat);
  let [text, from, before] = ['', 0, 0];
  const { promise, resolve } = Promise.withResolvers<void>();
  let step: 'opening' | 'typing' | 'streaming' | 'over' = 'opening';
  child.onData((data) => {
    text += data;
    if (step === 'opening' && text.includes('default')) {
      step = 'typing';
      child.write('go');
    } else if (step === 'typing' && text.includes('go')) {
      step = 'streaming';
      from = text.length;
      void cpuMs(child.pid).then((spent) => {
        before = spent;
        child.write('\r');
      });
    } else if (step === 'streaming' && text.includes('THE END OF IT')) {
      step = 'over';
      resolve();
    }
  });
  await promise;
  const spent = await cpuMs(child.pid) - before;
  child.kill('SIGKILL');
  return { cpuMs: spent, frames: text.slice(from).split(END_OF_FRAME).length - 1 };
}

/** As Linux counts it, in ticks. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function longText(words: number): string {
  const paragraph = 'The quick brown fox jumps over a **lazy** dog while `code` and *words* stream into a window that is a hundred columns wide. '.repeat(4);
  const block = ['## A title', paragraph, '```js', ...Array.from({ length: 10 }, (_, index) => `const value${index} = compute(${index}, 'text'); // why`), '```', ...Array.from({ length: 6 }, (_, index) => `- item ${index} of a list that has some more words in it`), ''].join('\n\n').replaceAll(';\n\n', ';\n').replaceAll('why\n\n', 'why\n').replaceAll('it\n\n-', 'it\n-');
  return Array.from({ length: Math.ceil(words / block.split(/\s+/).length) }, () => block).join('\n');
}

try {
  const times = await interleave({ hello: untilShown([hello], 'hello'), chat: untilShown(chat, 'pith ') }, { rounds: ROUNDS });
  const figures = [{ name: 'first frame of the chat, against a bare ink hello', unit: 'x', must: 1.8, got: times.chat / times.hello }];
  if (process.platform === 'linux') {
    const { cpuMs: spent, frames } = await streamCost();
    figures.push({ name: `processor time of a frame, ${WORDS} words streaming`, unit: 'ms', must: 16, got: spent / frames });
  }
  report('chat', figures);
} finally {
  await rm(hello, { force: true });
  await rm(folder, { recursive: true, force: true });
}
