// What a person feels of the chat, each in a pseudo terminal: how long until something is there, what a frame of a long answer
// costs, and how soon a key is seen while that answer comes in. Run with: npm run bench chat
import { readFileSync } from 'node:fs';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChat } from '../test/support/chat.ts';
import { startHeldModel } from '../test/support/held-model.ts';
import { createPlace } from '../test/support/pith.ts';
import { createTerminal, type Terminal } from '../test/support/terminal.ts';
import { interleave, median, type Figure, report } from './measure.ts';

const ROUNDS = Number(process.env['PITH_BENCH_ROUNDS'] ?? 15);
const TOKENS = 20_000;
/** As fast as the fastest models that people use. */
const TOKENS_A_SECOND = 1500;
/** What Linux counts the time of a process in. */
const TICK_MS = 10;

const hello = fileURLToPath(new URL('ink-hello.js', import.meta.url));
const place = await createPlace();
try {
  const figures = [...await firstFrame(), ...await longAnswer()];
  report('chat', figures);
} finally {
  await place.remove();
}

/** From the start of the process to the first text on the screen; the two in turn. */
async function firstFrame(): Promise<Figure[]> {
  const opened = (start: () => Terminal | Promise<Terminal>, wanted: RegExp) => async () => {
    const terminal = await start();
    await terminal.until(wanted);
    await terminal.dispose();
  };
  const { ink, chat } = await interleave({
    ink: opened(() => createTerminal({ argv: [process.execPath, hello], cwd: place.folder, env: place.env }), /hello/),
    chat: opened(() => startChat({ place }), /pith/),
  }, { rounds: ROUNDS });
  console.error(`first text after ${chat.toFixed(0)} ms, of a bare ink hello after ${ink.toFixed(0)} ms`);
  return [{ name: 'first frame, against a bare ink hello', unit: 'times', must: 1.8, got: chat / ink }];
}

/** One answer of 20 000 tokens, as it comes from a server, while somebody types. */
async function longAnswer(): Promise<Figure[]> {
  const model = await startHeldModel();
  const chat = await startChat({ place, model, recordFrames: true });
  try {
    await chat.until(/^› /m);
    await chat.say('go on');
    const reply = await model.next();
    const tokens = [...toTokens()];
    const echoesMs: number[] = [];
    reply.text(tokens[0]!);
    await chat.until(/TOKE/);
    const [startCpu, startFrames, startMs] = [cpuMs(chat.pid), chat.frames().length, performance.now()];
    let pressed: Promise<void> | undefined;
    for (let sent = 1; sent < tokens.length;) {
      const due = Math.min(tokens.length, 1 + Math.floor(((performance.now() - startMs) / 1000) * TOKENS_A_SECOND));
      for (; sent < due; sent++) reply.text(tokens[sent]!);
      pressed ??= pressKey(chat, echoesMs).then(() => { pressed = undefined; });
      await turnOfLoop();
    }
    reply.text('\n\nEND OF ALL');
    await chat.until(/END OF ALL/, { timeoutMs: 60_000 });
    const [cpu, frames, wallMs] = [cpuMs(chat.pid) - startCpu, chat.frames().length - startFrames, performance.now() - startMs];
    await pressed;
    reply.end();
    console.error(`${frames} frames in ${(wallMs / 1000).toFixed(1)} s, ${(cpu / 1000).toFixed(2)} s of the processor, ${echoesMs.length} keys`);
    return [
      { name: 'time of the processor for a frame of an answer of 20 000 tokens', unit: 'ms', must: 16, got: cpu / frames },
      { name: 'behind an answer of 20 000 tokens at 1500 a second', unit: 'ms', must: 500, got: wallMs - (TOKENS / TOKENS_A_SECOND) * 1000 },
      { name: 'a key is seen while it streams, median', unit: 'ms', must: 100, got: median(echoesMs) },
    ];
  } finally {
    await chat.dispose();
    await model.close();
  }
}

/** Types a letter and waits until it stands in the input line; takes it away again. */
async function pressKey(chat: Terminal, echoesMs: number[]): Promise<void> {
  const startMs = performance.now();
  chat.type('§');
  await chat.until(/§/);
  echoesMs.push(performance.now() - startMs);
  chat.press('backspace');
  await chat.until((text) => !text.includes('§'));
}

/** Four characters each: prose, lists, code and tables, with a number in every line. */
function* toTokens(): Generator<string> {
  let text = 'TOKEN 0\n\n';
  for (let number = 1; text.length < TOKENS * 4; number++) {
    text += `## Part ${number}\n\nSome **bold** words of part ${number}, \`code\` and a [link](https://a.example/${number}) that go on over the end of the line, as an answer does.\n\n- one ${number}\n- two **b** ${number}\n\n`
      + `\`\`\`ts\n${Array.from({ length: 12 }, (_, line) => `export function add${number}x${line}(a: number): number { return a + ${line}; } // "so"`).join('\n')}\n\`\`\`\n\n| a | b |\n|---|---|\n${`| cell ${number} | **v** |\n`.repeat(4)}\n`;
  }
  for (let at = 0; at < TOKENS * 4; at += 4) yield text.slice(at, at + 4);
}

/** User and system time of a process so far. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
