import type { Interfaces } from '@oclif/core';
import { type Assembled, isPithError, type Session, type Settings, type StoredSession, type TurnEvent } from '@pith/kernel';
import { checkRules } from '../run/check-rules.ts';
import { openKernel, readConfig } from '../host.ts';
import { toModelOptions } from '../run/model-options.ts';
import { findStored, type SessionRequest, toSessionOptions } from '../run/open-session.ts';
import { type ContextFacts, toFacts } from './context-facts.ts';
import { estimateOf, readRecord, type SessionRecord } from './session-record.ts';

export interface ContextRequest {
  oclif: Interfaces.Config;
  prompt: string;
  settings: Settings;
  cwd: string;
  resume: SessionRequest['resume'];
  /** Ask the provider how long the request is. */
  count: boolean;
  /** With the texts of the system prompt. */
  full: boolean;
}

const UNRECORDED = { sessions: { record: false } };

/** What `pith run` would send now. Nothing is sent, run or kept. */
export async function previewContext(request: ContextRequest): Promise<ContextFacts> {
  const { oclif, cwd, settings, resume } = request;
  const config = await readConfig(oclif, cwd, settings);
  const kernel = await openKernel(oclif, config, UNRECORDED);
  try {
    checkRules(kernel, config);
    const stored = await findStored(kernel, resume, cwd);
    const record = stored === undefined ? undefined : await readRecord((await kernel.service('sessions')).events(stored.id));
    const open = async (): Promise<{ session: Session; events: TurnEvent[] }> => {
      const events: TurnEvent[] = [];
      const session = kernel.openSession({ ...await toSessionOptions(kernel, config.settings, { cwd, stored, sink: (event) => { events.push(event); } }), preview: true });
      session.modelOptions = toModelOptions(config.settings, undefined);
      if (stored !== undefined && record !== undefined) calibrate(session, stored, record);
      return { session, events };
    };
    const made = await assemblePrompt(open, request);
    return await toFacts(kernel, { ...made, full: request.full, stored, record });
  } finally {
    await kernel.close();
  }
}

/** A request that was assembled, and what was heard meanwhile. */
export interface Made extends Assembled { session: Session; events: readonly TurnEvent[]; remarks: readonly string[]; countError?: NonNullable<ContextFacts['countError']> }

/** What would run something is taken as it stands, and said. */
async function assemblePrompt(open: () => Promise<{ session: Session; events: TurnEvent[] }>, { prompt, count }: ContextRequest): Promise<Made> {
  const typed = await open();
  const input = prompt === '' ? undefined : { text: prompt };
  try {
    return { ...typed, ...await withCount(typed.session, input, count), remarks: [] };
  } catch (error) {
    if (!isPithError(error) || error.code !== 'PREVIEW_ONLY') throw error;
    const [first = ''] = prompt.trim().split(/\s/, 1);
    const what = /^[!/]/.test(first) ? `${first} is not run here` : error.message;
    const plain = await open();
    return { ...plain, ...await withCount(plain.session, { text: prompt, verbatim: true }, count), remarks: [`${what}; the prompt is shown as if it were plain text.`] };
  }
}

/** A vendor that does not answer spoils nothing else. */
async function withCount(session: Session, input: Parameters<Session['assemble']>[0], count: boolean): Promise<Assembled & Pick<Made, 'countError'>> {
  if (!count) return session.assemble(input);
  try {
    return await session.assemble(input, { count });
  } catch (error) {
    if (!isPithError(error) || !error.code.startsWith('PROVIDER_')) throw error;
    const { code, message, exitCode } = error;
    return { ...await session.assemble(), countError: { code, message, exitCode } };
  }
}

/** What the provider has counted in this session calibrates the estimate. */
function calibrate(session: Session, { messages }: StoredSession, { requests }: SessionRecord): void {
  for (const { ready, usage, provider, model, isSubTurn } of requests) {
    if (ready === undefined || usage === null || isSubTurn) continue;
    session.tokens.learn(`${provider}/${model}`, { messages }, estimateOf(ready) / (ready.rate ?? 1), usage);
  }
}
