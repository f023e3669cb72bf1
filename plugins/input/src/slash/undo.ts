import { type FileChange, isPithError, type Turn } from '@pith/kernel';
import { refuseArgument } from '../errors.ts';
import { type KnownHistory, setKnown, toKnown } from './history-as-known.ts';
import { toCount, toLine, wrap } from './words.ts';

interface Step { kind: 'turn' | 'change'; text: string; changes: readonly FileChange[]; history: KnownHistory }

/** Takes back the last turn, or the last change of the conversation, whichever came later. */
export async function undo(argument: string, turn: Turn): Promise<string> {
  refuseArgument('undo', argument, 'Each /undo takes back one step more.');
  const found = await turn.recorded('undo', () => readStep(turn).catch(noTranscript));
  if (found === 'no transcript') return wrap('Nothing can be taken back: no transcript of this session is kept.');
  if (found === 'nothing') return 'There is nothing to take back.';
  const before = turn.messages.length;
  await setKnown(found.history, turn, 'undo');
  const now = found.history.same + found.history.rest.length;
  return [
    wrap(found.kind === 'turn' ? 'Taken back, with its answer:' : 'Taken back:'), `  ${toLine(found.text, 38)}`,
    wrap(`${toCount(before, 'message')} before, ${now} now. ${toFilesNote(found.changes)}`),
  ].join('\n');
}

async function readStep(turn: Turn): Promise<Step | 'nothing'> {
  const step = await (await turn.service('sessions')).undoStep(turn.sessionId);
  if (step === undefined) return 'nothing';
  const { kind, text, changes, messages } = step;
  return { kind, text, changes, history: toKnown(messages, turn.messages) };
}

function noTranscript(error: unknown): 'no transcript' {
  if (isPithError(error) && (error.code === 'SERVICE_MISSING' || error.code === 'SESSION_NOT_FOUND')) return 'no transcript';
  throw error;
}

function toFilesNote(changes: readonly FileChange[]): string {
  const files = new Set(changes.map(({ path }) => path)).size;
  return files === 0 ? 'Files stay as they are.' : `The ${files === 1 ? 'file' : `${files} files`} that it changed ${files === 1 ? 'stays' : 'stay'} changed.`;
}
