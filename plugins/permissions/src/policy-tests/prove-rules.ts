import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KERNEL_VERSION, PithError } from '@pith/kernel';
import { LISTS, type Policy } from '../options.ts';
import { testRules } from './test-rules.ts';

/** Sets of rules that are remembered; most people work with one or two. */
const KEPT_MAX = 20;

/**
 * Tries what rules say of themselves, once for each content: judging a command loads the grammar, which every start would
 * wait for.
 * @throws PithError CONFIG_INVALID with every test that fails
 */
export async function proveRules(policy: Policy, cache: string): Promise<void> {
  const file = join(cache, 'proven-rules.json');
  const digest = digestOf(policy);
  const proven = await readProven(file);
  if (proven.includes(digest)) return;
  const issues = (await testRules(policy)).flatMap(({ list, index, problem }) => (problem === null ? [] : [{ path: [list, index], message: problem }]));
  if (issues.length > 0) {
    const { path: [list, index], message } = issues[0]!;
    throw new PithError(`The options of plugin permissions do not fit: ${list}[${index}]: ${message}`, { code: 'CONFIG_INVALID', plugin: 'permissions', hint: 'pith permissions test FILE tells all that fails.', details: { issues } });
  }
  await keepProven(cache, file, [digest, ...proven].slice(0, KEPT_MAX));
}

function digestOf(policy: Policy): string {
  const tested = LISTS.map((list) => policy[list].flatMap(({ text, match, noMatch }) => (match === undefined && noMatch === undefined ? [] : [[text, match, noMatch]])));
  return createHash('sha256').update(JSON.stringify([KERNEL_VERSION, tested])).digest('hex');
}

async function readProven(file: string): Promise<string[]> {
  try {
    const proven: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(proven) ? proven.filter((item) => typeof item === 'string') : [];
  } catch {
    return []; // Then they are tried once more.
  }
}

async function keepProven(cache: string, file: string, proven: readonly string[]): Promise<void> {
  const aside = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(cache, { recursive: true, mode: 0o700 });
    await writeFile(aside, JSON.stringify(proven), { mode: 0o600 });
    await rename(aside, file);
  } catch {
    // What cannot be kept is tried again by the next start.
  }
}
