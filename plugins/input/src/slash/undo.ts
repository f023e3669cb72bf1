import type { RestorePreview, Turn } from '@pith/kernel';
import { inputError } from '../errors.ts';
import { type Chosen, chooseRedo, chooseUndo } from '../undo/choose.ts';
import { type Facts, readFacts, type Step } from '../undo/facts.ts';
import { parseUndo, type UndoRequest } from '../undo/request.ts';
import { previewFiles, takeBack, type TakenBack } from '../undo/take-back.ts';
import { toFileLines, toName, toStaying } from '../undo/words.ts';
import { TITLE, toAge, toCount, toLine } from './words.ts';

const LISTED_MAX = 20;

/** Takes back the last steps, conversation and files. */
export const undo = (argument: string, turn: Turn): Promise<string> => run('undo', argument, turn);

/** Brings again what the last `/undo` took back. */
export const redo = (argument: string, turn: Turn): Promise<string> => run('redo', argument, turn);

async function run(what: 'undo' | 'redo', argument: string, turn: Turn): Promise<string> {
  const request = parseUndo(what, argument);
  const facts = await turn.recorded('facts', () => readFacts(turn));
  if (facts.steps === null && (facts.checkpoints === null || request.scope === 'chat')) return 'Nothing can be taken back: no transcript of this session is kept.';
  if (request.does === 'list') return list(facts, turn);
  const chosen = what === 'undo' ? chooseUndo(facts, request) : chooseRedo(facts, request.scope);
  if ('atMost' in chosen) throw inputError(`There ${chosen.atMost === 1 ? 'is 1 step' : `are ${chosen.atMost} steps`} to take back, and not ${request.count}`, 'COMMAND_ARGUMENT_INVALID', '/undo list shows them.');
  const staying = request.scope === 'chat' || what === 'redo' ? [] : toStaying(chosen.steps, notKeptOf(chosen.steps, facts));
  const about = toAbout(what, chosen);
  if (request.does === 'preview') return preview(what, chosen, { about, staying }, turn);
  const taken = chosen.chat === undefined && chosen.code === undefined ? NOTHING : await takeBack(chosen, { what, isForced: request.isForced, about, staying }, turn);
  if (taken === undefined) return what === 'undo' ? 'Nothing was taken back.' : 'Nothing was brought again.';
  if (taken.files.length === 0 && taken.messages === null) return toNothing(what, request, facts);
  turn.emit({ type: 'plugin-event', name: what === 'undo' ? 'undone' : 'redone', data: { steps: chosen.steps.map(toTold), ...taken } });
  return tell(what, { chosen, taken, staying: taken.files.length > 0 || chosen.code === undefined ? staying : [], request, facts }, turn);
}

const NOTHING: TakenBack = { files: [], messages: null };

function toNothing(what: 'undo' | 'redo', { scope }: UndoRequest, { checkpoints }: Facts): string {
  if (scope === 'code' && checkpoints === null) return 'Files are not kept: the plugin checkpoints is not here (pith plugins install checkpoints).';
  return what === 'undo' ? 'There is nothing to take back.' : 'There is nothing to bring again: only what the last /undo took back, as long as nothing new came.';
}

function toAbout(what: 'undo' | 'redo', { steps }: Chosen): string {
  const verb = what === 'undo' ? 'Taken back' : 'Brought again';
  const [first] = steps;
  if (first === undefined) return `${verb}: files.`;
  return steps.length === 1 ? `${verb}: ${toLine(first.text, 200)}` : `${verb}: ${steps.length} steps, from ${toLine(first.text, 200)} on`;
}

async function preview(what: 'undo' | 'redo', chosen: Chosen, { about, staying }: { about: string; staying: readonly string[] }, turn: Turn): Promise<string> {
  const found = await previewFiles(chosen, turn);
  turn.emit({ type: 'plugin-event', name: 'preview', data: { what, steps: chosen.steps.map(toTold), files: found?.files ?? [], diff: found?.diff ?? null, conversation: chosen.chat !== undefined, staying } });
  if (chosen.chat === undefined && found === undefined) return what === 'undo' ? 'There is nothing to take back.' : 'There is nothing to bring again.';
  return [
    about.replace(/^Taken back/, 'Would be taken back').replace(/^Brought again/, 'Would be brought again'), ...toShownFiles(found, what, turn), ...staying,
    ...(found?.diff ? ['', found.diff.trimEnd(), ''] : []), `Nothing has changed yet: /${what} does it.`,
  ].join('\n');
}

function toShownFiles(found: RestorePreview | undefined, what: 'undo' | 'redo', { cwd }: Turn): string[] {
  if (found === undefined) return ['Files stay as they are.'];
  return [...toFileLines(found.files, { what, cwd }).map((line) => `  ${line}`), ...found.files.flatMap(({ path, conflict }) => (conflict === undefined ? [] : [`${toName(path, cwd)}: ${conflict}.`]))];
}

function tell(what: 'undo' | 'redo', { chosen: { steps, code }, taken: { files, messages }, staying, request, facts }: { chosen: Chosen; taken: TakenBack; staying: readonly string[]; request: UndoRequest; facts: Facts }, { cwd }: Turn): string {
  const [first] = steps;
  const verb = what === 'undo' ? 'Taken back' : 'Brought again';
  const isTurn = first?.kind === 'turn' && messages !== null;
  return [
    ...(first === undefined ? [] : [steps.length > 1 ? `${verb}, ${steps.length} steps from this on:` : isTurn ? `${verb}, with its answer:` : `${verb}:`, `  ${toLine(first.text, TITLE)}`]),
    ...(messages === null ? ['The conversation stays as it is.'] : [`${toCount(messages.before, 'message')} before, ${messages.now} now.`]),
    ...(files.length === 0 ? [toFilesNote({ steps, hasCode: code !== undefined, request, facts })] : toFileLines(files, { what, cwd, isDone: true }).map((line) => `  ${line}`)),
    ...staying,
    ...(what === 'undo' ? ['/redo brings it again.'] : []),
  ].join('\n');
}

function toFilesNote({ steps, hasCode, request, facts }: { steps: readonly Step[]; hasCode: boolean; request: UndoRequest; facts: Facts }): string {
  const count = steps.reduce((sum, { files }) => sum + files, 0);
  const isKept = facts.checkpoints?.some(({ kind, turnId }) => kind === 'call' && steps.some((step) => step.turnIds.includes(turnId)));
  if (count === 0 || hasCode || isKept === true) return 'Files stay as they are.';
  const why = request.scope === 'chat' ? '' : facts.checkpoints === null ? ': the plugin checkpoints is not here' : ': they are no longer kept';
  return `The ${count === 1 ? 'file' : `${count} files`} that it changed ${count === 1 ? 'stays' : 'stay'} changed${why}.`;
}

function notKeptOf(steps: readonly Step[], { checkpoints }: Facts): string[] {
  const turnIds = new Set(steps.flatMap((step) => step.turnIds));
  return [...new Set((checkpoints ?? []).filter(({ kind, turnId }) => kind === 'call' && turnIds.has(turnId)).flatMap(({ notKept }) => notKept))];
}

/** The last is the first, as `/undo N` counts. */
function list({ steps }: Facts, turn: Turn): string {
  const done = (steps?.done ?? []).toReversed();
  const told = done.map((step, index) => ({ number: index + 1, ...toTold(step) }));
  turn.emit({ type: 'plugin-event', name: 'steps', data: { steps: told } });
  if (done.length === 0) return 'There is nothing to take back.';
  const rest = done.length - LISTED_MAX;
  return [
    ...done.slice(0, LISTED_MAX).map(({ text, atMs, files }, index) => `${String(index + 1).padEnd(3)} ${toLine(text, TITLE)}\n    ${toAge(turn.now() - atMs)}${files === 0 ? '' : `, ${toCount(files, 'file')}`}`),
    ...(rest > 0 ? [`    and ${rest} before`] : []), '/undo N takes back N of them.',
  ].join('\n');
}

function toTold({ kind, text, atMs, files, turnIds }: Step): { turnId: string; kind: Step['kind']; text: string; atMs: number; files: number } {
  return { turnId: turnIds[0]!, kind, text, atMs, files };
}
