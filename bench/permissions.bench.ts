// What a verdict costs: cases of test/permissions one by one, long lines, and the grammar of bash that only a shell command loads.
// Run with: node --conditions=pith-source bench/permissions.bench.ts
import { checkCases } from '../plugins/permissions/src/policy-tests/check-cases.ts';
import { readCases, themes, toCase, type Case } from '../test/permissions/case.ts';
import { createGround } from '../test/permissions/ground.ts';
import { interleave, median, report } from './measure.ts';

const ROUNDS = 5;
const ground = await createGround();
const place = { cwd: ground.root, home: ground.env['HOME']!, env: ground.env };
/** As many rules as a team writes. */
const policy = { allow: ['make lint:*', 'make test:*', 'npm test:*', 'npm run:*', 'git log:*', 'git diff:*', 'git commit:*', 'cargo check:*', 'node scripts/lint.js:*', 'pytest tests:*'].map((words) => `Bash(${words})`), ask: ['Bash(git push:*)', 'Bash(npm publish:*)', 'Edit(*.lock)'], deny: ['Bash(rm:*)', 'Bash(curl:*)', 'Read(.env)', 'Read(secrets/**)', 'Edit(secrets/**)'] };

/** Milliseconds from the line of a case to its answer, policy included. */
async function timeOf({ policy: rules, mode, tool, input, root }: Omit<Case, 'expect'>): Promise<number> {
  const line = Buffer.from(JSON.stringify({ id: 'x', policy: rules, mode, tool, input, ...(root === undefined ? {} : { root }) }));
  const startMs = performance.now();
  for await (const { isBad } of checkCases((async function* () { yield line; })(), place)) if (isBad) throw new Error(`A case is wrong: ${line.toString().slice(0, 200)}`);
  return performance.now() - startMs;
}

const size = 1024;
/** About so many characters made of one text again and again. */
const fill = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length);
const parts = (length: number): string => Array.from({ length: 200 }, () => `make lint '${fill('some text; $(x) ', length / 200)}'`).join(' && ');
const nested = (length: number): string => `${'( '.repeat(50)}${'echo "$('.repeat(50)}make lint '${fill('x y ', length)}'${')"'.repeat(50)}${' )'.repeat(50)}`;
const AWKWARD: Record<string, (length: number) => string> = {
  'a list of 200 parts': parts, 'nesting of 100': nested, 'both': (length) => `${parts(length / 2)}; ${nested(length / 2)}`, 'many parts': (length) => `${fill('true; ', length)}true`, 'words': (length) => `make lint ${fill('word ', length)}`, 'a here-document': (length) => `cat <<'E'\n${fill('a line of text; $(x)\n', length)}\nE`, 'an open here-document': (length) => `cat <<E\n${fill('a $x `b` line\n', length)}\nE`,
  'braces': (length) => `echo ${fill('{a,b}', length)}`, 'substitutions': (length) => `echo ${fill('$(true) ', length)}`, 'quotes that open': (length) => fill('"', length - 1), 'parentheses that open': (length) => fill('$(', length), 'backticks': (length) => fill('`a` ', length), 'stars': (length) => `ls ${fill('*a', length)}`, 'redirects': (length) => `echo ${fill('>f ', length)}`, 'here-documents that never end': (length) => `cat ${fill('<<E ', length)}`, 'backslashes': (length) => `echo ${fill('\\', length)}`, 'assignments': (length) => fill('a=1 ', length), 'commands of other programs': (length) => fill('bash -c ', length), 'branches that open': (length) => fill('if a; then ', length), 'options': (length) => `find . ${fill('-exec a \\; ', length)}`,
};

const cases = themes.flatMap((theme) => readCases(theme, ground)).filter(({ expect }) => ![expect].flat().includes('error'));
for (const one of cases) await timeOf(one); // The compiler has seen it all.
const times: number[] = [];
for (let round = 0; round < ROUNDS; round++) for (const one of cases) times.push(await timeOf(one));
const sorted = times.toSorted((a, b) => a - b);

async function worst(length: number): Promise<{ ms: number; name: string }> {
  const all: { ms: number; name: string }[] = [];
  for (const [name, write] of Object.entries(AWKWARD)) {
    const line = toCase(policy, write(length));
    all.push({ name, ms: median([await timeOf(line), await timeOf(line), await timeOf(line)]) });
  }
  return all.toSorted((a, b) => b.ms - a.ms)[0]!;
}
const [at8, at300] = [await worst(8 * size), await worst(300 * size)];
const asked = await timeOf(toCase(policy, AWKWARD['both']!(300 * size)));

/** A whole process that judges one case; the two differ by the grammar, and by one verdict. */
const run = (theCase: Omit<Case, 'expect'>) => async (): Promise<void> => {
  const { code, stderr } = await ground.pith(['permissions', 'check'], { stdin: `${JSON.stringify({ id: 'x', policy: theCase.policy, mode: theCase.mode, tool: theCase.tool, input: theCase.input })}\n` });
  if (code !== 0) throw new Error(stderr);
};
const processes = await interleave({ file: run(toCase(policy, '', { tool: 'Read', input: { file_path: 'README.md' } })), shell: run(toCase(policy, 'make lint && git status | head -5')) }, { rounds: 15 });
await ground.remove();

report('permissions', [
  { name: `a verdict, median of ${cases.length}`, unit: 'ms', must: 2, got: median(times) },
  { name: 'a verdict, 99th percentile', unit: 'ms', must: 20, got: sorted[Math.floor(sorted.length * 0.99)]! },
  { name: `8 KB, the worst of ${Object.keys(AWKWARD).length} (${at8.name})`, unit: 'ms', must: 50, got: at8.ms },
  { name: '300 KB, 200 parts and 100 deep', unit: 'ms', must: 1500, got: asked },
  { name: `300 KB, the worst of ${Object.keys(AWKWARD).length} (${at300.name})`, unit: 'ms', must: 1500, got: at300.ms },
  { name: 'a process that judges a shell command, more than one that does not', unit: 'ms', must: 30, got: processes.shell - processes.file },
]);
