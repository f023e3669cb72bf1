import { describe, PithError, toMessage } from './errors.ts';
import { blame, callTap, DEFAULT_TAP_TIMEOUT_MS, type Tap } from './frame.ts';
import { checkCommands } from './load/plugin-check.ts';
import type { CommandResult, CommandSource, SlashCommand } from './plugin.ts';
import { refuseInPreview } from './request/preview.ts';
import type { Generation } from './generation.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';
import type { Nesting } from './turn-handle.ts';
import { within } from './base/within.ts';

/** A slash command as it is listed. */
export interface ListedCommand { name: string; summary: string; owner: string }

/** A run, whose answers are kept for a replay, or a session between its turns. */
interface Lister { session: Session; generation: Generation; recorded?: Run['recorded'] }

type At = Partial<Nesting> & { signal: AbortSignal };
type OwnedCommand = SlashCommand & { owner: string };
export interface OwnedCommandSource { source: CommandSource; owner: string }

/** What plugins contribute, by name; of two with one name the first counts, and what is declared comes before what a source has. */
export async function listCommands(lister: Lister, { signal }: At): Promise<readonly ListedCommand[]> {
  const { slashCommands, commandSources } = lister.generation;
  const ask = async (): Promise<ListedCommand[]> => (await askSources(lister, signal)).map(toListed);
  const listed = commandSources.length === 0 ? [] : await (lister.recorded?.('slash commands', ask) ?? ask());
  const byName = new Map<string, ListedCommand>();
  for (const command of [...slashCommands.map(toListed), ...listed]) if (!byName.has(command.name)) byName.set(command.name, command);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @returns nothing where there is no such command. @throws what the command throws, with its owner's name */
export async function runCommand(run: Run, { name, argument }: { name: string; argument: string }, at: At): Promise<CommandResult | undefined> {
  const declared = run.generation.slashCommands.find((command) => command.name === name);
  if (declared !== undefined) return call(run, declared, { argument, at });
  if (run.generation.commandSources.length === 0) return undefined;
  const outcome = await run.recorded(`slash command ${name}`, async () => {
    const found = (await askSources(run, at.signal)).find((command) => command.name === name);
    return found === undefined ? null : { result: await call(run, found, { argument, at: { ...at, isForeign: true } }) };
  });
  return outcome?.result;
}

/** Runs it with the time and the blame of its owner. */
async function call(run: Run, command: OwnedCommand, { argument, at }: { argument: string; at: At }): Promise<CommandResult> {
  refuseInPreview(run, `the command /${command.name}`);
  const frame = run.open(toTap(command), at);
  try {
    const result = await callTap(frame, () => command.run(argument, frame.turn, run.session.kernel.contributionContext(command.owner, run.generation)));
    if (!isResult(result)) throw new PithError(`The command /${command.name} of plugin ${command.owner} gave ${describe(result)} where a text or a prompt belongs`, { code: 'TAP_INVALID_RESULT', plugin: command.owner });
    run.trace.add(frame.tap, run, 'answered', frame.ownMs);
    return result;
  } catch (thrown) {
    const error = blame(frame, thrown);
    run.trace.addFailure(frame, run, error);
    throw error;
  }
}

/** Asks the sources side by side. One that fails or hangs has none, and is named. */
async function askSources({ session, generation }: Pick<Lister, 'session' | 'generation'>, signal: AbortSignal): Promise<OwnedCommand[]> {
  const { kernel, cwd, roots } = session;
  const lists = await Promise.all(generation.commandSources.map(async ({ source, owner }) => {
    try {
      const late = (): Error => new Error(`it did not answer within ${kernel.setupTimeoutMs} ms`);
      const commands = await within((async () => source.list({ cwd, roots, signal }, kernel.contributionContext(owner, generation)))(), { signal, limitMs: kernel.setupTimeoutMs, late });
      checkCommands(commands);
      return commands.map((command) => ({ name: command.name, summary: command.summary, ...(command.timeoutMs === undefined ? {} : { timeoutMs: command.timeoutMs }), owner, run: (argument, turn, context) => command.run(argument, turn, context) }) satisfies OwnedCommand);
    } catch (error) {
      signal.throwIfAborted();
      session.noticeOnce({ level: 'warning', plugin: owner, text: `Plugin ${owner} could not list its commands: ${toMessage(error)}` }, { isForeign: true });
      return [];
    }
  }));
  return lists.flat();
}

function toListed({ name, summary, owner }: ListedCommand): ListedCommand {
  return { name, summary, owner };
}

/** A command has the time and the blame of a tap, though nothing was tapped. */
function toTap({ name, owner, timeoutMs = DEFAULT_TAP_TIMEOUT_MS }: OwnedCommand): Tap {
  return { hook: 'input', plugin: owner, name: `/${name}`, stage: Infinity, timeoutMs, answers: true, durable: false, queueLimit: 0, fn: undefined };
}

function isResult(value: unknown): value is CommandResult {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { prompt, attachments } = value as { prompt?: unknown; attachments?: unknown };
  return typeof prompt === 'string' && (attachments === undefined || (Array.isArray(attachments) && attachments.every((block) => typeof (block as { type?: unknown } | null)?.type === 'string')));
}
