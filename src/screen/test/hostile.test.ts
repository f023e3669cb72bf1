import assert from 'node:assert/strict';
import { layoutCode, layoutDiff, layoutMarkdown, type Lex, type Line, loadHighlighter, loadLexer, type Look, paintLine, toSpan, widthOf, wrapLine } from '../index.ts';
import { startEmulator } from './emulator.ts';
import { themeFor } from './looks.ts';

const ESC = '\u001b';
/** Each of them does something on a terminal that is fed it as it is, or is drawn wider, higher or otherwise than it is counted. */
const HOSTILE: readonly string[] = [
  ...['2J', 'H', '3J', 'K', '10;10H', '999A', '999B', '999C', '999D', '5L', '5M', '4S', '4T', '20P', '20@', '?1049h', '?25l', '?7l', '2;3r', '6n', 'c', '>c', '!p', '?1000h', '31;8m', '7m', 's', 'u', '20X', '3 q'].map((code) => `${ESC}[${code}x`),
  `${ESC}]0;owned\u0007x`, `${ESC}]2;owned${ESC}\\x`, `${ESC}]52;c;ZXZpbA==\u0007x`, `${ESC}]8;;http://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, `${ESC}]4;1;rgb:ff/00/00\u0007x`, `${ESC}]11;?\u0007x`, `${ESC}]1337;File=inline=1:AAAA\u0007x`, `${ESC}]never ended`,
  `${ESC}P1$r0m${ESC}\\x`, `${ESC}Pq#0;2;0;0;0~${ESC}\\`, `${ESC}_Gf=24,s=1,v=1;AAAA${ESC}\\x`, `${ESC}^private${ESC}\\x`, `${ESC}cx`, `${ESC}Dx`, `${ESC}Mx`, `${ESC}#8x`, `${ESC}7x${ESC}8`, `${ESC}(0lqqk`, `${ESC}`,
  '\u009b2Jx', '\u009d0;owned\u009cx', '\u0090q\u009cx', '\u0085next', '\u0084\u008dx', 'a\u0000b\u0000', 'over\rwritten', 'a\bb\b\bc', 'bell\u0007', 'shift\u000e\u000f', '\u000b\u000cdown', '\u007f\u007f',
  'user\u202egnp.exe', '\u2066a\u2067b\u2069', '\u200fright\u200e', 'a\u2028b\u2029c', '\ufeffmark', 'soft\u00adhyphen', '\u{e0041}\u{e0042}tags', 'a\u3164b\u115fc\uffa0d',
  'Z' + '\u0301\u0489\u0336'.repeat(700), '👩\u200d👩\u200d👧\u200d👦'.repeat(20), '👍🏽❤️1️⃣🏳️\u200d🌈'.repeat(12), 'x' + '\u200d'.repeat(500), '你好'.repeat(60), '🇩🇪'.repeat(40), '\ud800\udc00\ud800', '각'.repeat(30), 'कि'.repeat(30) + 'क्षि', '\u{1f600}\ufe0e\ufe0f'.repeat(9), '\t'.repeat(50) + 'x',
  'y'.repeat(30_000), '𒐫﷽꧅'.repeat(20), 'A\ufe0f\u{e0100}B', '&#27;[2J&#x9b;H&#8238;',
];

const COLUMNS = 60;
const BOX = { row: 6, column: 11, width: 38, height: 12 };

describe('hostile text on a screen', () => {
  let lex: Lex;
  let look: Look;
  before(async () => {
    lex = await loadLexer();
    const highlight = await loadHighlighter();
    look = { width: BOX.width, theme: themeFor({ links: true }), highlighter: () => highlight };
  });

  /** Whatever shows foreign text, with it in every place. */
  const views: Record<string, (text: string) => readonly Line[]> = {
    'a paragraph': (text) => layoutMarkdown(`see ${text} and **${text}**`, lex, look),
    'a link': (text) => layoutMarkdown(`[${text}](https://a.example/${text.slice(0, 3000)}) <https://b.example/${text.slice(0, 3000)}>`, lex, look),
    'a list, a quote, a table': (text) => layoutMarkdown(`- ${text}\n  > ${text}\n\n| a |\n|---|\n| ${text} |\n`, lex, look),
    code: (text) => layoutCode(`let a = "${text}"; // ${text}`, 'js', look),
    'a diff': (text) => layoutDiff(`--- ${text}\n+++ ${text}\n@@ -1,2 +1,2 @@ ${text}\n-old ${text}\n+new ${text}\n ${text}`, look),
    'plain text': (text) => wrapLine([toSpan(text, look)], look),
  };

  for (const unicode of ['6', '11'] as const) {
    it(`changes nothing outside of its box (widths of Unicode ${unicode})`, async () => {
      for (const [view, layout] of Object.entries(views)) {
        const clean = startEmulator({ columns: COLUMNS, rows: 24, unicode });
        await clean.write(`${ESC}[H${Array.from({ length: 24 }, () => '#'.repeat(COLUMNS)).join('\r\n')}`);
        const before = outside((await clean.state()).rows);
        for (const text of HOSTILE) {
          const lines = layout(text);
          // The beginning and the end of what may be thousands of rows: the box holds no more.
          for (const part of [lines.slice(0, BOX.height), lines.slice(-BOX.height)]) await clean.write(inBox(part));
          const { rows, heard, cursor } = await clean.state();
          assert.deepEqual({ rows: outside(rows), heard, cursor }, { rows: before, heard: [], cursor: [0, 0] }, `${view}: ${JSON.stringify(text.slice(0, 80))}`);
        }
      }
    });
  }

  it('does so with the same text when it is fed as it is, so the emulator would have told', async () => {
    const terminal = startEmulator({ columns: COLUMNS, rows: 24, unicode: '11' });
    await terminal.write(`${ESC}]0;owned\u0007${ESC}]52;c;ZXZpbA==\u0007${ESC}[6n\u0007`);

    const { heard } = await terminal.state();

    assert.deepEqual(heard.map((what) => what.split(' ')[0]), ['title', 'clipboard', 'answer', 'bell']);
  });

  it('keeps every row within its width, by our own count, at 40 columns and at 10', () => {
    for (const width of [40, 10]) {
      for (const text of HOSTILE) {
        for (const line of layoutMarkdown(`- > ${text.slice(0, 20_000)}\n\n\`\`\`\n${text.slice(0, 20_000)}\n`, lex, { ...look, width })) {
          const columns = line.reduce((sum, span) => sum + widthOf(span.text), 0);
          assert.ok(columns <= width, `${columns} of ${width}: ${JSON.stringify(text.slice(0, 40))}`);
        }
      }
    }
  });

  it('writes only ASCII, and no byte that is a control, where the terminal knows no UTF-8', () => {
    const theme = themeFor({ unicode: false, level: 0 });
    for (const text of HOSTILE) {
      const written = layoutMarkdown(`- ${text.slice(0, 5000)}\n\n> **${text.slice(0, 5000)}**`, lex, { width: 40, theme }).map((line) => paintLine(line, theme)).join('\n');
      assert.match(written, /^[\x20-\x7e\n]*$/);
    }
  });

  it('shows what it made visible: the name is not turned around, the joiner in a Latin word is seen', () => {
    assert.deepEqual(wrapLine([toSpan('user\u202egnp.exe ad\u200dmin \u001b[2J', look)], { width: 80 }).map((line) => line.map(({ text }) => text).join('')), ['user\\u{202e}gnp.exe ad\\u{200d}min \\x1b[2J']);
    assert.equal(toSpan('👩\u200d👧 ❤️ می\u200cخواهم', look).text, '👩\u200d👧 ❤️ می\u200cخواهم');
  });

  function inBox(lines: readonly Line[]): string {
    const rows = lines.map((line, index) => `${ESC}[${BOX.row + index};${BOX.column}H${paintLine(line, look.theme)}`);
    return `${rows.join('')}${ESC}[H`;
  }
});

/** The screen without the box. */
function outside(rows: readonly string[]): string[] {
  return rows.map((row, index) => (index + 1 < BOX.row || index + 1 >= BOX.row + BOX.height ? row : `${row.slice(0, BOX.column - 1)}…${row.slice(-(COLUMNS - BOX.column - BOX.width + 1))}`));
}
