import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildRules, commandEnvironment, findProgram } from '@pith/child';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a shell sets by itself. */
const OWN = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD']);
const TIMEOUT_MS = 10_000;

/** A file for lines like `export NAME=value`, which hooks may write as a shell reads them. */
export class EnvFile {
  readonly #env: Environment;
  readonly #childRules: ChildRules | undefined;
  #folder: string | undefined;

  constructor(env: Environment, childRules?: ChildRules) {
    this.#env = env;
    this.#childRules = childRules;
  }

  /** Nothing before it is created. */
  get path(): string | undefined { return this.#folder === undefined ? undefined : join(this.#folder, 'env.sh'); }

  async create(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'pith-hook-env-'));
    await writeFile(this.path!, '', { mode: 0o600 });
  }

  /** What the variables of the file are after a shell has read it. */
  async read(): Promise<Record<string, string>> {
    if ((await readFile(this.path!, 'utf8')).trim() === '') return {};
    return await readExports(this.path!, commandEnvironment(this.#env, {}, this.#childRules));
  }

  async remove(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A shell reads it, since a value may stand on others: `export PATH="$PATH:/opt/bin"`. */
async function readExports(file: string, base: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const shell = await findProgram('bash', base) ?? await findProgram('sh', base);
  if (shell === undefined) throw new Error('there is no shell to read CLAUDE_ENV_FILE');
  const print = 'process.stdout.write(JSON.stringify(process.env))';
  const { stdout, exitCode, failed } = await execa(shell, ['-c', '. "$1" >/dev/null && exec "$2" -e "$3"', 'sh', file, process.execPath, print], {
    env: base, extendEnv: false, stdin: 'ignore', reject: false, timeout: TIMEOUT_MS, maxBuffer: 4 * 1024 * 1024,
  });
  if (failed) throw new Error(`CLAUDE_ENV_FILE could not be read by ${shell}: exit code ${exitCode ?? 'none'}`);
  const after = JSON.parse(stdout) as Record<string, string>;
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => !OWN.has(name) && base[name] !== value));
}
