import assert from 'node:assert/strict';
import { relative, resolve } from 'node:path';
import { type Case, readCases, themes, toCase } from './case.ts';
import { type Answer, check, toOutcome } from './check.ts';
import { createGround, type Ground } from './ground.ts';
import { createRandom, createShellText } from './shell-text.ts';

const SOAK = process.env['PITH_SOAK'] !== undefined;
/** Strings in all: one of four is made by chance, and judged by itself and together with others. */
const COUNT = SOAK ? 1_000_000 : 10_000;
const BATCH = 5000;
const STRICTNESS = ['allow', 'ask', 'deny'];

type Judged = Omit<Case, 'expect'>;

describe('a string of chance', function () {
  this.timeout(SOAK ? 14_400_000 : 180_000);
  let ground: Ground;
  before(async () => { ground = await createGround(); });
  after(() => ground.remove());

  /** Judges in batches; every case has an answer, and none is an error. */
  async function judge(cases: readonly Judged[]): Promise<Answer[]> {
    const answers = await check(ground, cases);
    const failed = cases.flatMap(({ tool, input }, index) => (answers[index]!.error === undefined ? [] : [`${tool} ${JSON.stringify(input)}: ${JSON.stringify(answers[index]!.error)}`]));
    assert.deepEqual(failed, []);
    return answers;
  }

  async function inBatches(count: number, each: (size: number) => Promise<void>): Promise<void> {
    for (let done = 0; done < count; done += BATCH) await each(Math.min(BATCH, count - done));
  }

  const write = createShellText({
    commands: ['make lint', 'make lint FIX=1', 'echo hi', './x', 'rm x', 'git status', 'cat README.md', 'ls', 'npm test', 'curl https://example.org', 'git push', 'sudo rm x', 'find . -name x', 'cat .env', 'touch .envrc', 'cd src', 'true'],
    words: ['src/a.ts', '-n', '"a b"', '\'c d\'', '*', 'src/*.ts', '$x', '"$@"', '~', '{a,b}', '../x', '.env', '--', 'rm', '/etc/passwd', '-exec', '\\;', '{}', '.git/config', 'a=b', '@x', '--output=x', 'é', '${x}', '$(./x)', '日本'],
  }, createRandom(7));
  const policy = { allow: ['Bash(make lint:*)', 'Bash(npm test:*)', 'Bash(echo:*)', 'Edit(src/**)'], deny: ['Bash(rm:*)', 'Read(.env)'] };

  it(`is judged without an error, and what stands before or after it counts: ${COUNT} lines of a shell`, async () => {
    let allowed = 0;
    await inBatches(COUNT / 4, async (size) => {
      const lines = Array.from({ length: size }, write);
      const alone = await judge(lines.map((line) => toCase(policy, line)));
      const pairs = lines.flatMap((line, index) => {
        // What comes first runs, whatever comes later. What follows a line that is certain runs as well.
        const before = [`./x\n${line}`, `rm x\n${line}`];
        const isWhole = alone[index]!.verdict === 'allow' && !line.endsWith('\\');
        if (isWhole) allowed++;
        return [...before, ...(isWhole ? [`${line}\n./x`, `${line}\nrm x`] : [])].map((text) => ({ text, mustDeny: /^rm x\n|\nrm x$/.test(text) && !text.endsWith('\n./x') }));
      });
      const answers = await judge(pairs.map(({ text }) => toCase(policy, text)));
      assert.deepEqual(pairs.flatMap(({ text, mustDeny }, index) => (answers[index]!.verdict === 'deny' || (!mustDeny && answers[index]!.verdict === 'ask') ? [] : [`${answers[index]!.verdict} ${JSON.stringify(text)}`])), []);
    });
    assert.ok(allowed > COUNT / 400, `only ${allowed} lines passed`);
  });

  it('is judged no weaker where rules forbid more, and where modes do', async () => {
    await inBatches(COUNT / 20, async (size) => {
      const lines = Array.from({ length: size }, write);
      const [none, given, more, dontAsk, bypass, plan] = await Promise.all([
        toCase({}, ''), toCase({ allow: policy.allow }, ''), toCase({ ...policy, ask: ['Bash(make:*)'], deny: [...policy.deny, 'Bash(curl:*)'] }, ''), toCase({ allow: policy.allow }, '', { mode: 'dontAsk' }), toCase({ deny: policy.deny }, '', { mode: 'bypassPermissions' }), toCase({ allow: policy.allow }, '', { mode: 'plan' }),
      ].map(async (theCase) => (await judge(lines.map((command) => ({ ...theCase, input: { command } })))).map(toStrictness)));
      const weaker = lines.flatMap((line, index) => {
        const [low, high] = [given![index]!, more![index]!];
        const problems = [
          ...(none![index]! < low ? ['stricter with allow rules'] : []), ...(high < low ? ['weaker with more rules'] : []), ...(dontAsk![index] === 1 ? ['asked in dontAsk'] : []), ...((dontAsk![index] === 0) !== (low === 0) ? ['dontAsk differs'] : []), ...(plan![index]! < low ? ['weaker in plan'] : []), ...(bypass![index] === 2 && high < 1 ? ['denied in bypass, allowed by rules'] : []),
        ];
        return problems.map((problem) => `${problem}: ${JSON.stringify(line)}`);
      });
      assert.deepEqual(weaker, []);
    });
  });

  it('put around a forbidden line leaves it forbidden', async () => {
    const random = createRandom(11);
    const forbidden = themes.filter((theme) => theme !== 'uncertain').flatMap((theme) => readCases(theme, ground)).filter(({ tool, expect, input }) => tool === 'Bash' && ![expect].flat().some((verdict) => verdict === 'allow' || verdict === 'error') && isPlain(input['command'] as string));
    assert.ok(forbidden.length > 300, `there are only ${forbidden.length}`);
    await inBatches(COUNT / 5, async (size) => {
      const cases = Array.from({ length: size }, () => {
        const original = forbidden[Math.floor(random() * forbidden.length)]!;
        let command = original.input['command'] as string;
        for (let times = 1 + Math.floor(random() * 3); times > 0; times--) command = CHANGES[Math.floor(random() * CHANGES.length)]!(command, random);
        return { ...original, input: { command } };
      });
      const answers = await judge(cases);
      const weaker = cases.flatMap(({ id, input, expect, mode, policy: rules }, index) => {
        const least = Math.min(...[expect].flat().map((verdict) => STRICTNESS.indexOf(verdict)));
        return toStrictness(answers[index]!) >= least ? [] : [`${id} ${mode} is ${answers[index]!.verdict}: ${JSON.stringify(input['command'])} (${answers[index]!.reason}) ${JSON.stringify(rules)}`];
      });
      assert.deepEqual(weaker, []);
    });
  });

  it('as a path is allowed only where it lies in the root and is not protected', async () => {
    const random = createRandom(13);
    const pieces = ['src', '..', '.', '/', '/', '/', 'a.ts', '.git', 'config', '.envrc', 'x', ' ', 'é', '\\', '*', '~', '$HOME', 'out', 'notes', 'inlink', 'leak.txt', 'gitlink', '.husky', 'AGENTS.md', '\n', '-', '.npmrc', 'packages', ground.root, ground.top, '/etc', 'policy/guard.ts', '%2e%2e', '🎉', '\u202e', 'pith.config.ts', 'secret-link'];
    const anywhere = new Set(['.git', '.envrc', '.husky', 'AGENTS.md', '.npmrc']);
    const inTheRoot = new Set(['..', 'gitlink', 'pith.config.ts', 'out', 'notes', 'leak.txt']);
    await inBatches(COUNT / 5, async (size) => {
      const paths = Array.from({ length: size }, () => Array.from({ length: 1 + Math.floor(random() * 7) }, () => pieces[Math.floor(random() * pieces.length)]!).join(random() < 0.5 ? '/' : ''));
      const answers = await check(ground, paths.map((file_path, index) => toCase({ allow: index % 2 === 0 ? ['Edit'] : [] }, '', { mode: index % 3 === 0 ? 'bypassPermissions' : 'acceptEdits', tool: 'Write', input: { file_path } })));
      const wrong = paths.filter((path, index) => {
        if (toOutcome(answers[index]!) !== 'allow') return false;
        const inRoot = relative(ground.root, resolve(ground.root, path)).split('/');
        return inTheRoot.has(inRoot[0]!) || inRoot.some((name) => anywhere.has(name)) || inRoot.join('/') === 'policy/guard.ts';
      });
      assert.deepEqual(wrong, []);
    });
  });

  it('as an address is allowed only for the host of the rule', async () => {
    const random = createRandom(17);
    const pieces = ['https://', 'http://', 'HTTPS:', '//', '/', '\\', '@', ':', ':443', ':8443', '.', 'docs.example.org', 'evil.example', 'user', '%2e', '%00', '#', '?', '\t', '\n', ' ', '\u3002', 'ｅ', '\u200b', 'a', '[::1]', '127.0.0.1', 'file:', 'javascript:', 'DOCS.', 'xn--', '\ud800', '..', 'ß'];
    await inBatches(COUNT / 5, async (size) => {
      const urls = Array.from({ length: size }, () => `${random() < 0.7 ? 'https://' : ''}${random() < 0.5 ? 'docs.example.org' : ''}${Array.from({ length: Math.floor(random() * 5) }, () => pieces[Math.floor(random() * pieces.length)]!).join('')}`);
      const answers = await check(ground, urls.map((url) => toCase({ allow: ['WebFetch(domain:docs.example.org)'] }, '', { tool: 'WebFetch', input: { url } })));
      const wrong = urls.filter((url, index) => {
        if (toOutcome(answers[index]!) !== 'allow') return false;
        const { protocol, hostname, username, password } = new URL(url);
        return !/^https?:$/.test(protocol) || hostname.replace(/\.$/, '') !== 'docs.example.org' || username !== '' || password !== '' || /\p{Cc}/u.test(url) || /^[^?#]*\\|^[^/]*\/\/[^/?#]*\u200b/.test(url);
      });
      assert.deepEqual(wrong, []);
    });
  });
});

const toStrictness = ({ verdict }: Answer): number => STRICTNESS.indexOf(verdict!);

/** Words and spaces only, so that quotes may be put anywhere within. */
const isPlain = (command: string): boolean => /^[\w./=@:+-][\w ./=@:+-]*$/.test(command) && !command.includes('<root>');

/** What leaves a plain command what it is. */
const CHANGES: ((command: string, random: () => number) => string)[] = [
  (command) => ` ${command}`, (command) => `${command} `, (command) => `${command}\n`, (command) => `\t${command}`, (command) => `true; ${command}`, (command) => `${command}; true`, (command) => `true && ${command}`, (command) => `(${command})`, (command) => `{ ${command}\n}`, (command) => `${command} # text`, (command) => `# text\n${command}`, (command) => `${command} && echo ok`, (command) => `echo "$(${command})"`, (command) => `if true; then ${command}\nfi`, (command) => `for i in 1; do ${command}\ndone`, (command) => `: "$(echo 'a;b')"; ${command}`, (command) => `cat <<'E'\n"\nE\n${command}`,
  (command, random) => at(command, random, '\'\''), (command, random) => at(command, random, '""'), (command, random) => at(command, random, '\\\n'), (command) => (/[#\n]/.test(command) ? command : `${command} 2>&1`), (command) => (/[#\n]/.test(command) ? command : `${command} 2>/dev/null`), (command) => `echo a | { ${command}\n}`,
];

/** Puts a text into the first word, which is still plain, or nowhere. */
function at(command: string, random: () => number, text: string): string {
  const [, space, word] = /^(\s*)([\w./-]+)/.exec(command) ?? [];
  if (word === undefined || /^(?:if|for|true|echo|cat)$/.test(word)) return command;
  const index = space!.length + 1 + Math.floor(random() * (word.length - 1));
  return `${command.slice(0, index)}${text}${command.slice(index)}`;
}
