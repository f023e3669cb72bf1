import { type Block, escapeControl, isPithError, toMessage, type Turn, type UserInput } from '@pith/kernel';
import { changedError } from '../changed.ts';
import { withEnvFile } from '../env-file.ts';
import { hookError } from '../errors.ts';
import { type EventName, factsOf } from '../events.ts';
import { type Folded, foldOutcomes } from '../fold.ts';
import { type HookSession, type Place, placeOf } from '../hook-session.ts';
import type { HookSet } from '../hook-set.ts';
import { markText } from '../mark-text.ts';
import { failureRule } from '../options.ts';

/** The start of a session or of a sub-agent, and the prompt itself. What hooks add stands behind the prompt, as text of theirs. */
export async function onInput(session: HookSession, input: UserInput, turn: Turn): Promise<UserInput | undefined> {
  const place = placeOf(turn);
  const set = await session.load();
  if (set.trust === 'changed') throw changedError(set);
  sayOnce(session, set, place);
  const added: Block[] = session.waiting.splice(0);
  const add = (event: EventName, { contexts }: Folded): void => { added.push(...contexts.map((text) => markText(event, text))); };
  if (turn.parentRunId !== undefined) {
    add('SubagentStart', await runEvent(session, 'SubagentStart', { agent_id: turn.runId, agent_type: session.agents.get(turn.runId) ?? 'agent' }, place));
  } else {
    if (!session.hasStarted) add('SessionStart', await start(session, place, turn.messages.length > 0 ? 'resume' : 'startup'));
    const folded = await runEvent(session, 'UserPromptSubmit', { prompt: input.typed ?? input.text }, place);
    if (folded.block !== undefined) throw hookError(`The prompt was refused by a hook (${folded.source}): ${folded.block}`, 'PROMPT_REFUSED', 'Say it in another way, or look at the hook.');
    add('UserPromptSubmit', folded);
  }
  return added.length === 0 ? undefined : { ...input, attachments: [...(input.attachments ?? []), ...added] };
}

async function start(session: HookSession, place: Place, source: 'startup' | 'resume'): Promise<Folded> {
  session.hasStarted = true;
  const fields = { source, ...(session.model === undefined ? {} : { model: session.model }) };
  let folded: Folded = foldOutcomes([], session.ruleOf);
  if (!session.has('SessionStart')) return folded;
  try {
    session.env = await withEnvFile(session.surroundings.env, async (file) => { folded = await runEvent(session, 'SessionStart', fields, place, file); });
  } catch (error) {
    place.signal.throwIfAborted();
    if (isPithError(error)) throw error; // What a hook said; anything else is about the file.
    place.say({ level: 'warning', text: `Variables of SessionStart hooks are not set: ${escapeControl(toMessage(error))}` });
  }
  return folded;
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

/** What a person should know of the hooks before they run. */
function sayOnce(session: HookSession, set: HookSet, place: Place): void {
  if (set.trust === 'untrusted') {
    const files = [...set.projectFiles.keys()].map((path) => escapeControl(path)).join(', ');
    session.tell({ level: 'warning', text: `Hooks of this project were passed over, since it is not trusted: ${files}. Look at them, then: pith trust` }, place);
  }
  for (const text of set.notes) session.tell({ level: 'warning', text }, place);
  const { options } = session.surroundings;
  const closed = [...new Set(set.handlers.filter((handler) => failureRule(handler, options) === 'closed').map(({ event }) => event))];
  if (closed.length > 0) session.tell({ level: 'info', text: `Hooks that fail do not let pass what they guard: ${closed.join(', ')}. Claude Code would; failure under plugins.command-hooks in the settings says otherwise` }, place);
  const open = [...new Set(set.handlers.filter((handler) => factsOf(handler.event).guards && failureRule(handler, options) === 'open').map(({ event }) => event))];
  if (open.length > 0) session.tell({ level: 'info', text: `Hooks of ${open.join(', ')} let everything pass when they fail, as the settings say` }, place);
}
