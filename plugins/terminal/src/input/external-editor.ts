import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { childEnvironment, findProgram } from '@pith/child';
import { type ChildRules, toMessage } from '@pith/kernel';
import { toForeign } from './units.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface EditorSetup {
  /** The option of the plugin, where there is one. */
  editor?: string | undefined;
  env: Env;
  childRules: ChildRules;
  platform?: NodeJS.Platform;
}

/** Where nobody has said which: the first that is there. */
const USUAL: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = { win32: ['notepad'] };
const USUAL_ELSEWHERE = ['editor', 'nano', 'vim', 'vi'] as const;
const TEXT_BYTES_MAX = 10 * 1024 * 1024;

/**
 * Lets a person write in their own editor. The file is for them alone, and is gone afterwards.
 * @param run hands the terminal over while `work` runs
 * @returns what they wrote
 * @throws an error that says what went wrong; then the text is as it was
 */
export async function editOutside(text: string, setup: EditorSetup, run: (work: () => Promise<void>) => Promise<void>): Promise<string> {
  const [program, ...rest] = await findEditor(setup);
  const folder = await mkdtemp(join(tmpdir(), 'pith-edit-'));
  let isKept = false;
  try {
    const file = join(folder, 'message.md');
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
    await run(() => runEditor([program, ...rest, file], { ...setup, folder }));
    const { size } = await stat(file);
    isKept = size > TEXT_BYTES_MAX;
    if (isKept) throw new Error(`what you wrote is longer than ${TEXT_BYTES_MAX / 1024 / 1024} MiB; it is still in ${file}`);
    const written = toForeign((await readFile(file, 'utf8')).replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n'));
    // Editors end the last line; the person has not.
    return text.endsWith('\n') ? written : written.replace(/\n$/, '');
  } finally {
    if (!isKept) await rm(folder, { recursive: true, force: true });
  }
}

async function findEditor({ editor, env, platform = process.platform }: EditorSetup): Promise<[string, ...string[]]> {
  const [said, from] = editor !== undefined ? [editor, 'the option editor of the plugin terminal'] : env['VISUAL'] ? [env['VISUAL'], 'VISUAL'] : env['EDITOR'] ? [env['EDITOR'], 'EDITOR'] : [];
  if (said !== undefined) {
    const [program = '', ...rest] = splitCommand(said, { isWindows: platform === 'win32' });
    const path = await toProgram(program, { env, platform });
    if (path === undefined) throw new Error(`${from} names ${JSON.stringify(said)}, and there is no such program on the search path`);
    return [path, ...rest];
  }
  for (const name of USUAL[platform] ?? USUAL_ELSEWHERE) {
    const path = await findProgram(name, env);
    if (path !== undefined) return [path];
  }
  throw new Error('no editor was found; name yours in EDITOR, or in the option editor of the plugin terminal');
}

/** Whether a whole path is there, its start tells. On Windows an editor may be a batch file, which is looked for when it is started. */
async function toProgram(program: string, { env, platform }: { env: Env; platform: NodeJS.Platform }): Promise<string | undefined> {
  if (isAbsolute(program)) return program;
  return program === '' || /[/\\]/.test(program) ? undefined : await findProgram(program, env) ?? (platform === 'win32' ? program : undefined);
}

/** A program with its arguments, parted as a shell would, which reads nothing else in it. */
export function splitCommand(text: string, { isWindows = false } = {}): string[] {
  const word = isWindows ? /(?:"[^"]*"|[^\s"])+/g : /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g;
  const part = isWindows ? /"([^"]*)"/g : /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g;
  return Array.from(text.matchAll(word), ([whole]) => whole.replaceAll(part, (_, double?: string, single?: string, escaped?: string) => double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? ''));
}

/** In the private folder: no program or setting of the project comes before those of the person. */
async function runEditor([program = '', ...rest]: readonly string[], { env, childRules, folder }: EditorSetup & { folder: string }): Promise<void> {
  const { execa } = await import('execa');
  const { exitCode, signal, failed, cause } = await execa(program, rest, { cwd: folder, env: childEnvironment(env, childRules), extendEnv: false, stdio: 'inherit', reject: false, cleanup: false });
  if (!failed) return;
  const why = exitCode === undefined ? signal === undefined ? toMessage(cause) : `it was ended by ${signal}` : `it ended with ${exitCode}`;
  throw new Error(`${basename(program)} did not work: ${why}`);
}
