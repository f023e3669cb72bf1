import { isPithError, type RestorePreview, type RestoreResult, type Turn } from '@pith/kernel';
import { inputError } from '../errors.ts';
import { type KnownHistory, setKnown, toKnown } from '../slash/history-as-known.ts';
import { toCount } from '../slash/words.ts';
import type { Chosen } from './choose.ts';
import { toFileLines, toName } from './words.ts';

/** What came of it; nothing where a person said no. */
export interface TakenBack { files: RestoreResult['files']; messages: { before: number; now: number } | null }

interface Wish { what: 'undo' | 'redo'; isForced: boolean; /** Told to the person who is asked. */ about: string; staying: readonly string[] }

/** What is to be done; `force` where a person has seen what stands against it, or has said so. */
interface Decision { files: boolean; chat: boolean; force: boolean }

const ONLY_CHAT: Decision = { files: false, chat: true, force: false };

/** What would become of files; nothing where none would change. */
export async function previewFiles({ code }: Chosen, turn: Turn): Promise<RestorePreview | undefined> {
  if (code === undefined) return undefined;
  const preview = await turn.recorded('preview', async () => (await turn.service('checkpoints')).preview(code.checkpoint, { cwd: turn.cwd }));
  return preview.files.length === 0 ? undefined : preview;
}

/**
 * Files first, then the conversation: killed in between, the same command finds what is left to do.
 * @throws PithError UNDO_CONFLICT where nobody can be asked and somebody else has changed files; SESSION_LOCKED
 */
export async function takeBack(chosen: Chosen, wish: Wish, turn: Turn): Promise<TakenBack | undefined> {
  const preview = await previewFiles(chosen, turn);
  const answer = preview === undefined ? ONLY_CHAT : await decide(preview, { ...wish, hasChat: chosen.chat !== undefined }, turn);
  if (answer === undefined) return undefined;
  const { files, chat, force } = answer;
  if (preview !== undefined || chosen.chat !== undefined) await turn.recorded('writer', () => checkWriter(turn));
  const restored = files ? await turn.recorded('restore', async () => (await turn.service('checkpoints')).restore(preview!.id, { force, turnId: turn.turnId })) : undefined;
  const messages = chat && chosen.chat !== undefined ? await setChat(chosen.chat, wish.what, turn) : null;
  return { files: restored?.files ?? [], messages };
}

async function setChat({ position, changes }: NonNullable<Chosen['chat']>, reason: 'undo' | 'redo', turn: Turn): Promise<{ before: number; now: number }> {
  const history = await turn.recorded('history', async (): Promise<KnownHistory> => toKnown(await (await turn.service('sessions')).historyAt(turn.sessionId, position), turn.messages));
  const before = turn.messages.length;
  await setKnown(history, turn, reason);
  // One for each step, so that whoever reads the transcript counts them.
  for (let change = 1; change < changes; change++) await turn.setHistory(turn.messages, { reason });
  return { before, now: turn.messages.length };
}

/** Two that bring back files and write down what was said would mix. */
async function checkWriter(turn: Turn): Promise<null> {
  try {
    await (await turn.service('sessions')).checkWriter(turn.sessionId);
  } catch (error) {
    if (!isPithError(error) || (error.code !== 'SERVICE_MISSING' && error.code !== 'SESSION_NOT_FOUND')) throw error;
  }
  return null;
}

async function decide({ files, diff }: RestorePreview, { what, isForced, about, staying, hasChat }: Wish & { hasChat: boolean }, turn: Turn): Promise<Decision | undefined> {
  const doable = files.filter(({ lost }) => lost === undefined);
  const against = files.filter(({ conflict }) => conflict !== undefined);
  const isAgainst = against.length > 0 || doable.length < files.length;
  if (isForced) return { files: doable.length > 0, chat: true, force: true };
  const [both, only, none] = [`${hasChat ? 'Files and conversation' : 'The files'}${against.length === 0 ? '' : `, also ${toCount(against.length, 'file')} that somebody else has changed`}`, 'Only the conversation', 'Nothing'];
  const options = [...(doable.length === 0 ? [] : [both]), ...(hasChat ? [only] : []), none];
  const answer = await turn.ask({
    kind: 'choice', title: what === 'undo' ? `Take back ${toCount(files.length, 'file')}?` : `Bring ${toCount(files.length, 'file')} again?`,
    body: [about, ...toFileLines(files, { what, cwd: turn.cwd })].join('\n'),
    isClosed: true, reasons: [...against.map(({ path, conflict }) => `${toName(path, turn.cwd)}: ${conflict}`), ...staying], options,
    ...(diff === null || diff === '' ? {} : { diff }),
  });
  if (answer.nobody) return decideAlone({ files, what, hasChat }, turn);
  if (answer.verdict !== 'allow') return undefined;
  return answer.text === both ? { files: true, chat: true, force: isAgainst } : answer.text === only ? ONLY_CHAT : undefined;
}

/** Without a person, files change only where nobody else has changed them. */
function decideAlone({ files, what, hasChat }: { files: RestorePreview['files']; what: Wish['what']; hasChat: boolean }, { cwd }: Turn): Decision {
  const troubled = files.filter(({ conflict, lost }) => conflict !== undefined || lost !== undefined);
  if (troubled.length === 0) return { files: true, chat: true, force: false };
  const named = troubled.map(({ path, conflict, lost }) => `${toName(path, cwd)}: ${lost ?? conflict}`).join('; ');
  throw inputError(`Nothing was ${what === 'undo' ? 'taken back' : 'brought again'}, since ${troubled.length === 1 ? 'a file stands' : `${troubled.length} files stand`} against it: ${named}`, 'UNDO_CONFLICT', `See what would change: /${what} preview. To overwrite it all the same, ${troubled.some(({ isFinal }) => isFinal) ? 'by which what cannot be kept is lost' : 'which can be taken back, too'}: /${what} force.${hasChat ? ` Only the conversation: /${what} chat` : ''}`);
}
