import assert from 'node:assert/strict';
import { type Chat, startChat } from '../support/chat.ts';
import { strangeOutput } from '../support/controls.ts';
import { type HeldModel, startHeldModel } from '../support/held-model.ts';
import type { Frame } from '../support/terminal.ts';

/** Of four characters each. */
const TOKENS = process.env['PITH_SOAK'] === undefined ? 5500 : 20_000;
const PART = 400;
/** A word that stands in one row of the whole answer and nowhere else. */
const MARK = /\bm\d+q\b/;

describe('A long answer', () => {
  let model: HeldModel;
  let chat: Chat;
  beforeEach(async () => { model = await startHeldModel(); });
  afterEach(async () => {
    await chat.dispose();
    await model.close();
  });

  /** Says it as it would come in: a hundred tokens, whatever else there is to do, a frame, and some more. */
  const stream = async (text: string, meanwhile: (part: number) => void = () => undefined): Promise<void> => {
    await chat.until(/^› /m);
    await chat.say('begin');
    const reply = await model.next();
    for (let at = 0, part = 0; at < text.length; at += PART, part++) {
      const drawn = chat.frames().length;
      for (let token = at; token < Math.min(at + PART, text.length); token += 4) reply.text(text.slice(token, Math.min(token + 4, text.length)));
      meanwhile(part);
      await chat.until(() => chat.frames().length > drawn);
    }
    reply.text('\n\nEND OF ALL');
    reply.end();
    await chat.until((screen) => screen.includes('END OF ALL') && !screen.includes('Esc interrupts'), { timeoutMs: 60_000 });
  };

  it('comes in without flicker: every frame is whole, no row that is finished moves or goes away, nothing is cleared', async () => {
    chat = await startChat({ model, recordFrames: true, columns: 80, rows: 24 });
    const text = answer(TOKENS);
    await stream(text);

    const frames = chat.frames().slice(chat.frames().findIndex(({ rows }) => rows.some((row) => row.startsWith('default ·'))));
    for (const { rows } of frames) assert.equal(rows.filter((row) => row.startsWith('default · claude-held')).length, 1, rows.join('\n'));
    assert.ok(frames.length > 50, `${frames.length} frames`);
    assert.deepEqual(wanderings(frames), []);
    assert.deepEqual(strangeOutput(chat.raw()), [], 'no clearing of the screen or of what scrolled away');
    assert.deepEqual(marksOf(chat.history().join('\n')), marksOf(text), 'everything is there, once and in its order');
  }).timeout(120_000);

  it('would not pass when a row goes away for a frame, or moves', () => {
    const frame = (rows: string[], scrolled = 0): Frame => ({ rows, scrolled, cursor: { row: 0, column: 0 } });

    assert.deepEqual(wanderings([frame(['m1q', 'm2q']), frame(['m2q', 'm3q'], 1)]), []);
    assert.deepEqual(wanderings([frame(['m1q', 'm2q']), frame(['m1q', '']), frame(['', 'm1q'])]), ['frame 1: m2q is gone from row 1', 'frame 2: m1q went from row 0 to 1', 'frame 2: m2q is gone from row 1']);
  });

  const SIZES = [[60, 20], [100, 30], [40, 10], [41, 11], [120, 40], [80, 24]] as const;
  const standsOnce = async (): Promise<void> => {
    chat.type('still here');
    await chat.until(/^› still here$/m);
    assert.equal(chat.screen().filter((row) => row.startsWith('default · ')).length, 1, chat.text());
  };

  it('stays as it was said, once, in a window that gets narrower, wider, higher and lower', async () => {
    chat = await startChat({ model, recordFrames: true, columns: 80, rows: 24 });
    const text = answer(1200);
    await stream(text);
    for (const [columns, rows] of SIZES) {
      const drawn = chat.frames().length;
      chat.resize({ columns, rows });
      await chat.until(() => chat.frames().length > drawn);
    }

    await standsOnce();
    assert.deepEqual(marksOf(chat.history().join('\n')), marksOf(text));
  }).timeout(120_000);

  // What is on its way when the window changes was meant for the old one, so a row may be seen twice; the chat itself must stand.
  it('goes on while the window changes its size all the time, and the chat is whole afterwards', async () => {
    chat = await startChat({ model, recordFrames: true, columns: 80, rows: 24 });
    await stream(answer(2000), (part) => {
      const [columns, rows] = SIZES[part % SIZES.length]!;
      chat.resize({ columns, rows });
    });

    await standsOnce();
    // Ink goes to the corner when the window has become lower than what stands in it; what has scrolled away stays in any case.
    assert.deepEqual(strangeOutput(chat.raw()).filter((found) => !found.includes('[1;1H')), []);
  }).timeout(120_000);
});

const marksOf = (text: string): string[] => text.match(new RegExp(MARK, 'g')) ?? [];

/** Rows that stood at one place and later at another one, or that were gone for a while, though their place was on the screen. */
function wanderings(frames: readonly Frame[]): string[] {
  const places = new Map<string, number>();
  const found: string[] = [];
  for (const [index, { rows, scrolled }] of frames.entries()) {
    const here = new Map(rows.flatMap((row, at) => { const mark = row.match(MARK)?.[0]; return mark === undefined ? [] : [[mark, scrolled + at] as const]; }));
    for (const [mark, at] of here) {
      const before = places.get(mark);
      if (before !== undefined && before !== at) found.push(`frame ${index}: ${mark} went from row ${before} to ${at}`);
    }
    for (const [mark, at] of places) if (at >= scrolled && !here.has(mark)) found.push(`frame ${index}: ${mark} is gone from row ${at}`);
    for (const [mark, at] of here) places.set(mark, at);
    for (const [mark, at] of places) if (at < scrolled) places.delete(mark);
  }
  return found;
}

/** Of all kinds of blocks; a mark in every row that is finished with it. */
function answer(tokens: number): string {
  let number = 0;
  const mark = (): string => `m${number++}q`;
  let text = '';
  while (text.length < tokens * 4) {
    text += `## Part ${mark()}\n\nSome **bold** words and \`code\` ${mark()}\n\n- one ${mark()}\n- two **b** ${mark()}\n\n\`\`\`ts\n${Array.from({ length: 12 }, () => `let a = "text"; // ${mark()}`).join('\n')}\n\`\`\`\n\n| a | b |\n|---|---|\n${Array.from({ length: 4 }, () => `| cell | ${mark()} |\n`).join('')}\n> quoted ${mark()}\n\n`;
  }
  return text;
}
