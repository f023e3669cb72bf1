import { escapeControl, isPithError, toMessage, type Turn, type UserInput } from '@pith/kernel';
import { isKeyVariable } from '@pith/child';
import { EnvFile } from '../env-file.ts';
import { hookError } from '../errors.ts';
import type { EventName } from '../events.ts';
import { type Folded, foldOutcomes } from '../fold.ts';
import type { HookSession } from '../hook-session.ts';
import { markText } from '../mark-text.ts';
import { type Place, placeOf } from '../place.ts';

/** The start of a session or of a sub-agent, and the prompt itself. @throws PithError PROMPT_REFUSED, HOOK_FAILED, HOOK_STOPPED */
export async function onInput(session: HookSession, input: UserInput, turn: Turn): Promise<undefined> {
  const place = placeOf(turn);
  await place.recorded('files', async () => { await session.load(); });
  const keep = (event: EventName, { contexts }: Folded): void => void session.added.set(turn.runId, contexts.map((text) => markText(event, text)));
  if (turn.parentRunId !== undefined) {
    keep('SubagentStart', await runEvent(session, 'SubagentStart', { agent_id: turn.runId, agent_type: session.agents.get(turn.runId) ?? 'agent' }, place));
    return;
  }
  if (!session.hasStarted) {
    const { contexts } = await start(session, place, turn.messages.length > 0 ? 'resume' : 'startup');
    session.hasStarted = true;
    session.waiting.push(...contexts.map((text) => markText('SessionStart', text)));
  }
  const folded = await runEvent(session, 'UserPromptSubmit', { prompt: input.typed ?? input.text }, place);
  if (folded.block !== undefined) throw hookError(`The prompt was refused by a hook (${folded.source}): ${folded.block}`, 'PROMPT_REFUSED', 'Say it in another way, or look at the hook.');
  keep('UserPromptSubmit', folded);
}

/** Puts what hooks say behind the prompt; what was said for the whole session waits for one that goes to a model. */
export async function addTexts(session: HookSession, input: UserInput, turn: Turn): Promise<UserInput | undefined> {
  const { runId, parentRunId } = turn;
  const own = session.added.get(runId) ?? [];
  session.added.delete(runId);
  if (input.handled !== undefined) return undefined;
  const added = [...(parentRunId === undefined ? await turn.recorded('waiting', () => session.waiting.splice(0)) : []), ...own];
  return added.length === 0 ? undefined : { ...input, attachments: [...(input.attachments ?? []), ...added] };
}

async function start(session: HookSession, place: Place, source: 'startup' | 'resume'): Promise<Folded> {
  const fields = { source, ...(session.model === undefined ? {} : { model: session.model }) };
  let folded: Folded = foldOutcomes([], session.ruleOf);
  if (!await session.mayRun('SessionStart', place)) return folded;
  const file = new EnvFile(session.surroundings.env, session.surroundings.childRules);
  try {
    await place.recorded('env file', () => file.create());
    folded = await runEvent(session, 'SessionStart', fields, place, file.path);
    // Their values may be secret, so none is recorded; a replay starts nothing that would get them.
    await place.recorded('env', async () => { takeEnv(session, await file.read()); });
  } catch (error) {
    place.signal.throwIfAborted();
    if (isPithError(error)) throw error; // What a hook said; anything else is about the file.
    place.say({ level: 'warning', text: `Variables of SessionStart hooks are not set: ${escapeControl(toMessage(error))}` });
  } finally {
    await file.remove();
  }
  return folded;
}

/** What a hook sets for commands, which it may have fetched from a vault: then nobody is shown it. */
function takeEnv(session: HookSession, env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) if (isKeyVariable(name, value)) session.surroundings.secrets.add(value, name);
  session.env = env;
}

/** Runs the hooks of an event that can only end the turn. @throws PithError HOOK_FAILED, HOOK_STOPPED */
export async function runEvent(session: HookSession, event: EventName, fields: Readonly<Record<string, unknown>>, place: Place, envFile?: string): Promise<Folded> {
  const ran = await session.run({ event, fields, ...(envFile === undefined ? {} : { envFile }) }, place);
  const folded = foldOutcomes(ran.map(({ outcome }) => outcome), session.ruleOf);
  if (folded.block === undefined && folded.failed.length > 0) throw failedError(event, folded);
  if (folded.stop !== undefined) throw stoppedError(folded.stop);
  return folded;
}

export function failedError(event: EventName, { failed }: Folded): Error {
  return hookError(`A ${event} hook failed, and what it guards does not pass: ${failed.join('; ')}`, 'HOOK_FAILED', 'Mend the hook; or let it pass when it fails, with failure under plugins.command-hooks in the settings.');
}

export function stoppedError(reason: string): Error {
  return hookError(`A hook ended the turn: ${reason}`, 'HOOK_STOPPED', 'Look at the hook; it said continue: false.');
}
