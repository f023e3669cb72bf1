import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHeldModel, type HeldModel } from './held-model.ts';
import { bin, createPlace } from './pith.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import type { Cell } from './terminal-cells.ts';

/** What the chat looks like at a moment. */
export interface ScreenState {
  name: string;
  /** For those who do not see the picture. */
  title: string;
  columns?: number;
  rows?: number;
  background?: 'dark' | 'light';
  args?: readonly string[];
  play(chat: Terminal, model: HeldModel): Promise<void>;
}

const ANSWER = `## Rounding

Prices are held in **cents**, so nothing is lost:

\`\`\`ts
export function total(prices: readonly number[]): number {
  return prices.reduce((sum, price) => sum + price, 0); // cents
}
\`\`\`

| where | before | after |
|---|--:|--:|
| cart | 0.30000000000000004 | 30 |

- \`cart.ts\` adds cents
- the page divides by a hundred
`;
const CART = `export function total(prices: number[]) {\n  let sum = 0;\n  for (const price of prices) sum += price;\n  return sum;\n}\n`;

const say = async (chat: Terminal, line: string): Promise<void> => {
  chat.type(line);
  await chat.until((text) => text.includes(line));
  chat.press('enter');
};
const ready = async (chat: Terminal): Promise<void> => void await chat.until(/^› Type/m);
const answered = async (chat: Terminal, model: HeldModel): Promise<void> => {
  await ready(chat);
  await say(chat, 'Why is the total wrong?');
  const reply = await model.next();
  reply.text(ANSWER);
  reply.end();
  await chat.until((text) => /divides by a hundred/.test(text) && !text.includes('Esc interrupts'));
};
const edited = async (chat: Terminal, model: HeldModel): Promise<void> => {
  await ready(chat);
  await say(chat, 'Add cents instead.');
  const first = await model.next();
  first.call('read', { path: 'cart.ts' });
  first.end();
  const second = await model.next();
  second.call('edit', { path: 'cart.ts', old: '  for (const price of prices) sum += price;', new: '  for (const price of prices) sum += Math.round(price * 100);' });
  second.end();
  const third = await model.next();
  third.text('The total is in cents now.');
  third.end();
  await chat.until((text) => /in cents now/.test(text) && !text.includes('Esc interrupts'));
};

export const STATES: readonly ScreenState[] = [
  { name: 'start', title: 'A new chat', rows: 8, play: ready },
  {
    name: 'streaming', title: 'An answer with code, while it comes in', rows: 18, play: async (chat, model) => {
      await ready(chat);
      await say(chat, 'Why is the total wrong?');
      (await model.next()).text(ANSWER.slice(0, ANSWER.indexOf(' // cents')));
      await chat.until(/sum \+ price, 0\);[^]*Esc interrupts/);
    },
  },
  { name: 'answer', title: 'The answer, whole', rows: 24, play: answered },
  { name: 'light', title: 'The same on a light background', rows: 24, background: 'light', play: answered },
  { name: 'narrow', title: 'The same at 40 columns', columns: 40, rows: 26, play: answered },
  { name: 'plain', title: 'The same as plain lines, for screen readers', rows: 20, args: ['--plain'], play: async (chat, model) => {
    await chat.until(/^You:/m);
    chat.type('Why is the total wrong?');
    chat.press('enter');
    const reply = await model.next();
    reply.text(ANSWER);
    reply.end();
    await chat.until(/divides by a hundred[^]*^You:/m);
  } },
  { name: 'diff', title: 'A change to a file', rows: 18, args: ['--mode', 'acceptEdits'], play: edited },
  {
    name: 'question', title: 'A question before a command runs', rows: 18, play: async (chat, model) => {
      await ready(chat);
      await say(chat, 'Run the tests.');
      const reply = await model.next();
      reply.text('I run them.');
      reply.call('bash', { command: 'npm test -- --grep total' });
      reply.end();
      await chat.until(/❯ 1\./);
    },
  },
  {
    name: 'completion', title: 'What begins with a slash, completed', rows: 14, play: async (chat) => {
      await ready(chat);
      chat.type('/');
      await chat.until(/\/compact/);
    },
  },
  {
    name: 'todo', title: 'A list of what is to do, while it works', rows: 16, play: async (chat, model) => {
      await ready(chat);
      await say(chat, 'Make it exact.');
      const first = await model.next();
      first.call('todo', { items: [{ text: 'Find where prices are added', status: 'done' }, { text: 'Add cents', status: 'active' }, { text: 'Show euros on the page', status: 'open' }] });
      first.end();
      (await model.next()).text('The sum is made in `cart.ts`.\n');
      await chat.until(/cart\.ts\.[^]*Esc interrupts[^]*Show euros/);
    },
  },
  {
    name: 'pager', title: 'Everything that was said and done, unfolded', rows: 20, play: async (chat, model) => {
      await answered(chat, model);
      chat.press('ctrl+o');
      await chat.until((text) => chat.modes()['buffer'] === 'alternate' && text.includes('Transcript'));
    },
  },
  {
    name: 'keys', title: 'The keys', rows: 24, play: async (chat) => {
      await ready(chat);
      chat.press('?');
      await chat.until((text) => chat.modes()['buffer'] === 'alternate' && text.includes('Shift-Tab'));
    },
  },
];

/** Brings the chat into a state, in a home that is the same everywhere. @returns its rows and cells */
export async function showState({ columns = 80, rows = 24, background = 'dark', args = [], play }: ScreenState): Promise<{ rows: string[]; cells: Cell[][] }> {
  const [place, model] = await Promise.all([createPlace(), startHeldModel()]);
  const cwd = join(place.env['HOME']!, 'shop');
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, 'cart.ts'), CART);
  const chat = createTerminal({
    argv: [process.execPath, bin, 'chat', '--model', 'anthropic/claude-sonnet-4-5', ...args], cwd, columns, rows,
    env: { ...place.env, ...model.env, COLORTERM: 'truecolor', COLORFGBG: background === 'light' ? '0;15' : '15;0' },
  });
  try {
    await play(chat, model);
    return { rows: chat.screen().map(still), cells: chat.cells() };
  } finally {
    await chat.dispose();
    await model.close();
    await place.remove();
  }
}

/** A row without what is different at every moment: the sign that turns, and how long it took. */
export function still(row: string): string {
  return row.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '⠋').replace(/\b\d+(?:\.\d+)? (ms|s)\b/g, (time, unit: string) => `${'0'.repeat(time.length - unit.length - 1)} ${unit}`);
}
