import { toMessage, escapeControl } from '@pith/kernel';
import { commandEnvironment, findProgram, type ProcessTree } from '@pith/child';
import { factsOf } from './events.ts';
import { type Handler } from './handler.ts';
import type { Surroundings } from './hook-sessions.ts';
import { type Outcome, toOutcome } from './outcome.ts';
import { type CommandEnd, runCommand } from './run-command.ts';
import type { Fields } from './seen.ts';

export interface HookRun {
  /** What the hook is told. */
  fields: Fields;
  root: string;
  cwd: string;
  signal: AbortSignal;
  surroundings: Surroundings;
  onLeft: (tree: ProcessTree) => void;
  /** Instead of what the hook may take. */
  budgetMs?: number;
  envFile?: string;
}

/** Runs one hook. Whatever goes wrong with it is its outcome. @throws only the signal's reason */
export async function runHook(handler: Handler, run: HookRun): Promise<Outcome> {
  const end = async (): Promise<CommandEnd> => {
    if (handler.type === 'command') return await runInShell(handler, run);
    if (handler.type === 'http') return await (await import('./run-http.ts')).runHttp(handler, run);
    return failed(`hooks of the type ${escapeControl(handler.type)} are not supported`);
  };
  try {
    return toOutcome(handler, await end());
  } catch (error) {
    run.signal.throwIfAborted();
    return toOutcome(handler, failed(escapeControl(toMessage(error))));
  }
}

export function failed(problem: string): CommandEnd {
  return { stdout: '', stderr: '', exitCode: null, signal: null, problem };
}

export function timeoutOf({ timeoutMs, event }: Handler, { budgetMs }: Pick<HookRun, 'budgetMs'>): number {
  return budgetMs ?? timeoutMs ?? factsOf(event).timeoutS * 1000;
}

async function runInShell(handler: Handler, run: HookRun): Promise<CommandEnd> {
  const { fields, root, cwd, signal, surroundings: { env, childRules, options }, onLeft, envFile, budgetMs } = run;
  const wanted = Object.fromEntries(options.env.map((name) => [name, env[name]]));
  const childEnv = commandEnvironment(env, { ...wanted, CLAUDE_PROJECT_DIR: root, ...(envFile === undefined ? {} : { CLAUDE_ENV_FILE: envFile }) }, childRules);
  const argv = handler.args === undefined ? await toShell(handler, childEnv) : [handler.command!, ...handler.args].map((part) => part.replaceAll('${CLAUDE_PROJECT_DIR}', root));
  if (typeof argv === 'string') return failed(argv);
  return await runCommand({
    argv, cwd, env: childEnv, stdin: `${JSON.stringify(fields)}\n`, timeoutMs: timeoutOf(handler, run), signal, onLeft,
    ...(budgetMs === undefined ? {} : { graceMs: 100 }),
  });
}

/** @returns why there is no shell, in words */
async function toShell({ command, shell = 'bash' }: Handler, env: Readonly<Record<string, string>>): Promise<string[] | string> {
  const names = shell === 'powershell' ? ['pwsh', 'powershell'] : ['bash', 'sh'];
  for (const name of names) {
    const program = await findProgram(name, env);
    if (program !== undefined) return shell === 'powershell' ? [program, '-NoProfile', '-NonInteractive', '-Command', command!] : [program, '-c', command!];
  }
  return `its shell was not found: ${names.join(' or ')}`;
}
