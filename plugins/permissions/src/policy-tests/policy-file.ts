import { dirname, resolve } from 'node:path';
import { describe, findJsonPlaces, lineAt, MODES, type Mode, nearest, PithError, type PreparedCall, readWhole, toMessage, type Verdict } from '@pith/kernel';
import { parseCallText, toCall } from './call.ts';
import { parseCase } from './case.ts';
import { LISTS, parsePolicy, type Policy } from '../options.ts';

/** A call, and the verdict that a policy must come to. */
export interface PolicyCase {
  /** File and line. */
  source: string;
  name: string | undefined;
  /** The call as a person would write it. */
  text: string;
  call: PreparedCall;
  expect: Verdict;
  /** The rule that must decide, where the case names one; `null` for none. */
  rule: string | null | undefined;
}

export interface PolicyFile { policy: Policy; cases: readonly PolicyCase[] }

const FIELDS = ['policy', 'mode', 'root', 'cases'];
const CASE_FIELDS = ['name', 'call', 'tool', 'input', 'mode', 'root', 'expect', 'rule'];
const VERDICTS: readonly unknown[] = ['allow', 'ask', 'deny'];

/**
 * Reads a settings file, whose rules may carry tests, or a file of cases: `{ "policy", "mode"?, "root"?, "cases" }`, where the
 * policy is one, or names a settings file.
 * @throws PithError INPUT_UNREADABLE, CONFIG_UNREADABLE, CONFIG_INVALID, CASE_INVALID
 */
export async function readPolicyFile(file: string, cwd: string, { isNamed = false }: { /** By a file of cases, as its policy. */ isNamed?: boolean } = {}): Promise<PolicyFile> {
  const { text, value } = readJson(resolve(cwd, file), file);
  if (!('cases' in value) && !('policy' in value)) {
    refuseMisspelt(value, file);
    return { policy: toPolicy(value['permissions'] ?? {}, { text, file, key: 'permissions' }), cases: [] };
  }
  if (isNamed) throw invalid(`${file} is no settings file, but one of cases`, 'CONFIG_INVALID');
  refuseUnknown(value, FIELDS, file, 'CONFIG_INVALID');
  const { policy, cases, mode } = value;
  if (mode !== undefined) checkMode(mode, file);
  if (!Array.isArray(cases)) throw invalid(`${file}: cases must be a list of calls with the verdict that each must get; found ${describe(cases)}`, 'CONFIG_INVALID');
  const folder = dirname(resolve(cwd, file));
  const places = findJsonPlaces(text, 'cases');
  const at = { cwd, folder, file: value };
  return {
    policy: typeof policy === 'string' ? (await readPolicyFile(resolve(folder, policy), cwd, { isNamed: true })).policy : toPolicy(policy, { text, file, key: 'policy' }),
    cases: cases.map((entry: unknown, index) => toCase(entry, { ...at, source: `${file}:${lineAt(text, places?.get(`.${index}`)?.start ?? 0)}` })),
  };
}

interface CasePlace { cwd: string; folder: string; file: Record<string, unknown>; source: string }

function toCase(entry: unknown, { cwd, folder, file, source }: CasePlace): PolicyCase {
  if (!isRecord(entry)) throw invalid(`${source}: a case is an object of ${CASE_FIELDS.join(', ')}; found ${describe(entry)}`);
  refuseUnknown(entry, CASE_FIELDS, source);
  const { name, call, tool, input, expect, rule, mode = file['mode'] ?? 'default', root = file['root'] } = entry;
  if (!VERDICTS.includes(expect)) throw invalid(`${source}: expect must be one of ${VERDICTS.join(', ')}; found ${describe(expect)}`);
  if (rule !== undefined && rule !== null && typeof rule !== 'string') throw invalid(`${source}: rule must be the rule that decides, or null for none; found ${describe(rule)}`);
  if (name !== undefined && typeof name !== 'string') throw invalid(`${source}: name must be a text; found ${describe(name)}`);
  if ((call === undefined) === (tool === undefined)) throw invalid(`${source}: a case has either call, as "Bash(npm test)", or tool and input`);
  const folderOf = root === undefined ? cwd : typeof root === 'string' ? resolve(folder, root) : root;
  const given = { expect: expect as Verdict, rule: rule as string | null | undefined, source, name };
  if (call === undefined) {
    const parsed = inCase(source, () => parseCase({ id: '', policy: {}, mode, tool, input, root: folderOf }, cwd));
    return { ...given, text: `${String(tool)} ${JSON.stringify(input)}`, call: parsed.call };
  }
  if (typeof call !== 'string' || input !== undefined) throw invalid(`${source}: call must be a text, as "Bash(npm test)", and stands without input; found ${describe(call)}`);
  checkMode(mode, source);
  if (typeof folderOf !== 'string') throw invalid(`${source}: root must be a folder; found ${describe(root)}`);
  return { ...given, text: call, call: toCall(inCase(source, () => parseCallText(call)), { cwd: folderOf, roots: [folderOf], mode: mode as Mode }) };
}

function checkMode(mode: unknown, where: string): void {
  if (!MODES.includes(mode as Mode)) throw invalid(`${where}: mode must be one of ${MODES.join(', ')}; found ${describe(mode)}`);
}

function inCase<T>(source: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw invalid(`${source}: ${toMessage(error)}`);
  }
}

/** A settings file may hold much else; a slip in the one key that counts here would pass as a policy without tests. */
function refuseMisspelt(value: Record<string, unknown>, file: string): void {
  for (const key of Object.keys(value)) {
    const [near] = nearest(key, ['permissions', 'policy', 'cases']);
    if (near !== undefined && near !== key) throw invalid(`${file}: there is no setting ${JSON.stringify(key)}; did you mean ${near}?`, 'CONFIG_INVALID');
  }
}

/** With the line of each rule. */
function toPolicy(value: unknown, { text, file, key }: { text: string; file: string; key: string }): Policy {
  if (!isRecord(value)) throw invalid(`${file}: ${key} must hold lists of rules, ${LISTS.join(', ')}; found ${describe(value)}`, 'CONFIG_INVALID');
  const places = findJsonPlaces(text, key);
  const sourced = Object.entries(value).filter(([list]) => !RESTRICTIONS.includes(list)).map(([list, entries]) => [list, !Array.isArray(entries) ? entries : entries.map((entry: unknown, index) => {
    const source = `${file}:${lineAt(text, places?.get(`.${list}.${index}`)?.start ?? 0)}`;
    return typeof entry === 'string' ? { rule: entry, source } : isRecord(entry) ? { ...entry, source } : entry;
  })]);
  const parsed = parsePolicy(Object.fromEntries(sourced));
  if (parsed.issues === undefined) return parsed.value;
  const { path, message } = parsed.issues[0]!;
  throw invalid(`${file}: ${key}.${path.join('.')}: ${message}`, 'CONFIG_INVALID');
}

/** What managed settings have besides rules. */
const RESTRICTIONS = ['allowManagedRulesOnly', 'forbidBypass'];

function readJson(path: string, file: string): { text: string; value: Record<string, unknown> } {
  const text = readText(path, file);
  try {
    const value: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    if (isRecord(value)) return { text, value };
  } catch (error) {
    throw new PithError(`${file} is not JSON: ${toMessage(error)}`, { code: 'CONFIG_UNREADABLE', cause: error, hint: 'Mend the file; comments and trailing commas are not JSON.' });
  }
  throw invalid(`${file} is no object; it is a settings file, or { "policy", "cases" }`, 'CONFIG_INVALID');
}

function readText(path: string, file: string): string {
  const unreadable = (why: string, cause?: unknown): PithError => new PithError(`${file} cannot be read: ${why}`, { code: 'INPUT_UNREADABLE', cause, hint: 'Name a settings file, or a file of cases.' });
  let found: ReturnType<typeof readWhole>;
  try {
    found = readWhole(path);
  } catch (error) {
    throw unreadable(toMessage(error), error);
  }
  if (found === undefined) throw unreadable('there is nothing of that name');
  return found.bytes.toString();
}

function refuseUnknown(record: Record<string, unknown>, known: readonly string[], where: string, code = 'CASE_INVALID'): void {
  const unknown = Object.keys(record).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const [near] = nearest(unknown, known);
  throw invalid(`${where}: there is no field ${JSON.stringify(unknown)}; ${near === undefined ? `fields are ${known.join(', ')}` : `did you mean ${near}?`}`, code);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, code = 'CASE_INVALID'): PithError {
  return new PithError(message, { code, hint: 'docs/permissions.md shows the form of the file.' });
}
