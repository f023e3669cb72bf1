// What a frame of a streaming answer costs at its dearest, and how quickly whole texts are laid out.
// Run with: npm run bench screen
import { createTheme, layoutCode, layoutDiff, layoutMarkdown, loadHighlighter, loadLexer, MarkdownStream, paintLine } from '../src/screen/index.ts';
import { report } from './measure.ts';

const TOKENS = 20_000;
const TOKEN = 4;
/** A terminal is drawn anew less often than a token comes. */
const TOKENS_A_FRAME = 5;
const [lex, highlight] = await Promise.all([loadLexer(), loadHighlighter()]);
const look = { width: 80, theme: createTheme({ level: 3, background: 'dark', words: false, unicode: true, links: true }), highlighter: () => highlight };

const prose = 'Some **bold** words, `code` and a [link](https://a.example/x) that go on over the line, as an answer does.\n';
const code = 'export function add(a: number, b: number): number {\n  // Adds them.\n  return a + b; /* "so" */\n}\n\n';
const row = '| name | a value with **bold** | 42 |\n';
const toLength = (text: string): string => text.repeat(Math.ceil((TOKENS * TOKEN) / text.length)).slice(0, TOKENS * TOKEN);
const texts: Record<string, string> = {
  'an answer of all kinds': toLength(`## Title\n\n${prose.repeat(3)}\n- one\n- two **b**\n  - three\n\n\`\`\`ts\n${code.repeat(6)}\`\`\`\n\n| a | b | c |\n|---|---|---|\n${row.repeat(5)}\n> ${prose}\n`),
  'one paragraph': toLength(prose), 'one block of code': `\`\`\`ts\n${toLength(code)}`, 'one list': toLength(`- ${prose}`), 'one table': `| a | b | c |\n|---|---|---|\n${toLength(row)}`, 'one quote': toLength(`> ${prose}`),
  'one list item with code': `1. so:\n\n${toLength(`   \`\`\`ts\n${code.replaceAll(/^/gm, '   ')}   \`\`\`\n\n`)}`,
};

/** The whole work of each frame, painted, in time of the processor: what else the machine does is not counted. @returns milliseconds that 995 of 1000 frames stay below: the others met the garbage collector */
function worstFrame(text: string): number {
  const stream = new MarkdownStream(lex, look);
  const times: number[] = [];
  let painted = 0;
  for (let at = 0; at < text.length; at += TOKENS_A_FRAME * TOKEN) {
    const start = process.threadCpuUsage();
    stream.push(text.slice(at, at + TOKENS_A_FRAME * TOKEN));
    for (const line of stream.finished.slice(painted)) paintLine(line, look.theme);
    painted = stream.finished.length;
    for (const line of stream.open) paintLine(line, look.theme);
    const { user, system } = process.threadCpuUsage(start);
    times.push((user + system) / 1000);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.995)]!;
}

function timeOf(work: () => unknown): number {
  return Math.min(...Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  }));
}

worstFrame(texts['an answer of all kinds']!.slice(0, 8000));
const frames = Object.entries(texts).map(([name, text]) => ({ name: `a frame of ${name}, 995 of 1000`, unit: 'ms', must: 16, got: worstFrame(text) }));
const diff = `@@ -1,3000 +1,3000 @@\n${'-const a = old(1);\n+const a = other(1, 2);\n same\n'.repeat(1500)}`;
report('screen', [
  ...frames,
  { name: 'an answer of 20 000 tokens, whole', unit: 'ms', must: 400, got: timeOf(() => layoutMarkdown(texts['an answer of all kinds']!, lex, look)) },
  { name: '100 KB of code', unit: 'ms', must: 400, got: timeOf(() => layoutCode(code.repeat(1000), 'ts', look)) },
  { name: 'a diff of 4500 lines, 2000 shown', unit: 'ms', must: 150, got: timeOf(() => layoutDiff(diff, look)) },
]);
