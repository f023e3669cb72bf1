import { escapeControl, type Config, type Kernel, PithError, type Session, type SessionOptions, type Settings, type Sink, type StoredSession, type SystemSection } from '@pith/kernel';
import { resolveFolder } from '../host.ts';
import { createTerminalAsker } from './asker.ts';
import type { Out } from './out.ts';
import { type Progress, usesColor } from './progress.ts';

export interface SessionRequest {
  cwd: string;
  resume: { id: string } | 'latest' | undefined;
  /** Goes on in a copy of that session. */
  fork?: boolean | undefined;
  /** Whether somebody sits there who can be asked. */
  canAsk: boolean;
  sink: Sink;
  err: Out;
  progress: Progress | undefined;
}

/** The session that a run goes on with, or a new one. */
export async function openSession(kernel: Kernel, { settings }: Config, { cwd, resume, fork, canAsk, sink, err, progress }: SessionRequest): Promise<Session> {
  const stored = await findStored(kernel, resume, cwd, { fork });
  for (const repair of stored?.repairs ?? []) await err.write(`pith: ${escapeControl(repair)}\n`);
  return kernel.openSession({
    ...await toSessionOptions(kernel, settings, { cwd, stored, sink }),
    ...(canAsk ? { asker: createTerminalAsker({ err, stdin: process.stdin, pause: progress?.pause ?? (async () => () => undefined), color: usesColor(err.stream) }) } : {}),
  });
}

/** What a session begins with. @throws PithError FOLDER_UNREADABLE */
export async function toSessionOptions(kernel: Kernel, settings: Settings, { cwd, stored, sink }: { cwd: string; stored: StoredSession | undefined; sink: Sink }): Promise<SessionOptions> {
  const wish = settings.provider !== undefined || settings.model !== undefined ? settings : stored?.model != null ? stored : undefined;
  await askForShared(kernel, settings, wish);
  const { provider, model } = wish ?? await findModel(kernel);
  return {
    cwd, roots: toRoots(settings, cwd), sink, system: toSystem(settings),
    ...(settings.mode === undefined ? {} : { mode: settings.mode }),
    ...(provider == null ? {} : { provider }), ...(model == null ? {} : { model }),
    ...(stored === undefined ? {} : { id: stored.id, history: stored.messages, historyIsKept: stored.isMasked === true }),
  };
}

/** The folders that count as inside, the session's own first. @throws PithError FOLDER_UNREADABLE */
export function toRoots({ addDirs = [] }: Settings, cwd: string): string[] {
  return [cwd, ...addDirs.map((folder) => resolveFolder(folder, 'The added folder', cwd))];
}

/** Accounts that machines share are in their database alone, which is asked where nobody else serves the model. */
export async function askForShared(kernel: Kernel, { plugins }: Settings, { provider, model }: { provider?: string | null | undefined; model?: string | null | undefined } = {}): Promise<void> {
  if (plugins?.['database']?.['url'] === undefined) return;
  try {
    if (kernel.resolveModel({ provider: provider ?? undefined, model: model ?? undefined }).provider !== 'scripted') return;
  } catch {
    // Perhaps one of them does.
  }
  await kernel.storedSecrets.ask();
}

/** Nothing was asked for: what is set up, else a server on this machine, else the offline provider, which says that it is that. */
async function findModel(kernel: Kernel): Promise<{ provider?: string; model?: string }> {
  if (kernel.resolveModel({}).provider !== 'scripted') return {};
  const { findLocalServer } = await import('./local-server.ts');
  const server = await findLocalServer(process.env);
  if (server === undefined) return {};
  // As the user would name it, so that the provider finds it in its own way.
  process.env['PITH_LOCAL_BASE_URL'] = server.baseUrl;
  return { provider: 'local', model: server.model };
}

/** @throws PithError SESSION_NOT_FOUND */
export async function findStored(kernel: Kernel, resume: SessionRequest['resume'], cwd: string, { fork = false }: { fork?: boolean | undefined } = {}): Promise<StoredSession | undefined> {
  if (resume === undefined) return undefined;
  const sessions = await kernel.service('sessions');
  if (fork) {
    const id = resume === 'latest' ? (await findStored(kernel, resume, cwd))!.id : resume.id;
    return sessions.load((await sessions.fork(id, { cwd })).id);
  }
  if (resume !== 'latest') return sessions.load(resume.id);
  const latest = await sessions.latest(cwd);
  if (latest === undefined) throw new PithError('There is no session of this folder to continue', { code: 'SESSION_NOT_FOUND', hint: 'pith run "…" starts one; pith sessions list --all shows those of other folders.' });
  return latest;
}

function toSystem({ system, appendSystem }: Settings): SystemSection[] {
  const section = (id: string, text: string | undefined): SystemSection[] => (text === undefined ? [] : [{ id, text, owner: 'user', stability: 'stable' }]);
  return [...section('system', system), ...section('append-system', appendSystem)];
}
