import { isPithError, type SessionSummary, type Turn } from '@pith/kernel';
import { inputError } from '../errors.ts';
import { type KnownHistory, setKnown, toKnown } from './history-as-known.ts';
import { TITLE, toAge, toCount, toLine } from './words.ts';

const LISTED_MAX = 10;

/** Lists the sessions of the folder, or goes on with the conversation of one, in this session. */
export async function resume(argument: string, turn: Turn): Promise<string> {
  if (argument === '') return listSessions(turn);
  if (/\s/.test(argument)) throw inputError(`/resume takes one id; found ${JSON.stringify(argument)}`, 'COMMAND_ARGUMENT_INVALID', '/resume alone lists the sessions of this folder.');
  const { id, title, cwd, turns, repairs, history } = await turn.recorded('resume', () => load(argument, turn));
  if (id === turn.sessionId) return 'That is this session.';
  await setKnown(history, turn, `resume ${id}`);
  const notes = [...(cwd === turn.cwd ? [] : [`It is of another folder, ${cwd}; this one stays ${turn.cwd}.`]), ...repairs];
  return [
    `What was said in ${id} goes on here, ${toCount(turns, 'turn')}:`, `  ${toLine(title, TITLE)}`, ...notes.map((note) => toLine(note, 1000)), 'It stays as it is there. /undo goes back.',
  ].join('\n');
}

async function load(given: string, turn: Turn): Promise<{ id: string; title: string; cwd: string; turns: number; repairs: readonly string[]; history: KnownHistory }> {
  const { id, title, cwd, turns, repairs, messages } = await (await sessions(turn)).load(given);
  return { id, title, cwd, turns, repairs, history: toKnown(messages, turn.messages) };
}

async function listSessions(turn: Turn): Promise<string> {
  const found = await turn.recorded('sessions', async () => (await (await sessions(turn)).list({ cwd: turn.cwd })).filter(({ id, turns }) => turns > 0 && id !== turn.sessionId).slice(0, LISTED_MAX));
  if (found.length === 0) return 'There is no other session of this folder. Those of every folder: pith sessions list --all';
  return ['Sessions of this folder:', ...found.map((session) => toRows(session, turn.now())), '/resume ID goes on with one here.'].join('\n');
}

function toRows({ id, updatedMs, turns, title }: SessionSummary, nowMs: number): string {
  return `${id}\n  ${toAge(nowMs - updatedMs)}, ${toCount(turns, 'turn')}\n  ${toLine(title, TITLE)}`;
}

async function sessions(turn: Turn) {
  try {
    return await turn.service('sessions');
  } catch (error) {
    if (!isPithError(error) || error.code !== 'SERVICE_MISSING') throw error;
    throw inputError('No sessions are kept here', 'COMMAND_ARGUMENT_INVALID', 'The plugin sessions keeps them; pith doctor says why it is not here.');
  }
}
