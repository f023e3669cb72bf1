import assert from 'node:assert/strict';
import { layoutCode, layoutDiff, layoutMarkdown, type Lex, type Line, loadHighlighter, loadLexer, type Look, paintLine, toSpan, widthOf, wrapLine } from '../index.ts';
import { startEmulator } from './emulator.ts';
import { ESC, HOSTILE } from './hostile-text.ts';
import { themeFor } from './looks.ts';

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
    code: (text) => layoutCode(`let a = "${text.slice(0, 3000)}"; // ${text.slice(0, 3000)}`, 'js', look),
    'a diff': (text) => layoutDiff(`--- ${text}\n+++ ${text}\n@@ -1,2 +1,2 @@ ${text}\n-old ${text}\n+new ${text}\n ${text}`, look),
    'plain text': (text) => wrapLine([toSpan(text, look)], look),
  };

  it('changes nothing outside of its box, with the widths of Unicode 6 and of Unicode 11', async () => {
    for (const [view, layout] of Object.entries(views)) {
      const terminals = (['6', '11'] as const).map((unicode) => startEmulator({ columns: COLUMNS, rows: 24, unicode }));
      for (const terminal of terminals) await terminal.write(`${ESC}[H${Array.from({ length: 24 }, () => '#'.repeat(COLUMNS)).join('\r\n')}`);
      const before = outside((await terminals[0]!.state()).rows);
      for (const text of HOSTILE) {
        const lines = layout(text);
        // The beginning and the end of what may be thousands of rows: the box holds no more.
        for (const part of [lines.slice(0, BOX.height), lines.slice(-BOX.height)]) {
          for (const terminal of terminals) await terminal.write(inBox(part));
        }
        for (const terminal of terminals) {
          const { rows, heard, cursor } = await terminal.state();
          assert.deepEqual({ rows: outside(rows), heard, cursor }, { rows: before, heard: [], cursor: [0, 0] }, `${view}: ${JSON.stringify(text.slice(0, 80))}`);
        }
      }
    }
  }).timeout(60_000);

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
