import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cutMiddle, EXIT, nearest, PithError, type TraceEntry, type TurnTrace } from '@pith/kernel';

/** One turn as it is kept: a line of `<data>/traces/<session>.jsonl`. */
export interface KeptTrace extends TurnTrace {
  v: number;
  /** When the turn ended, in milliseconds since 1970. */
  atMs: number;
}

const TRACE_VERSION = 1;
/** Bytes of one turn, and of one session; beyond it the oldest go. */
const TURN_MAX = 1024 * 1024;
const FILE_MAX = 4 * TURN_MAX;
/** Sessions that are kept. */
const FILES_MAX = 50;
/** Characters of an input or of an error that are kept. */
const TEXT_MAX = 4000;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const tracesFolder = (dataFolder: string): string => join(dataFolder, 'traces');

/** What the kernel is given to keep traces with: one write a turn. */
export function createTraceKeeper(dataFolder: string, now: () => number = Date.now): (trace: TurnTrace) => void {
  const folder = tracesFolder(dataFolder);
  return (trace) => {
    if (!ID.test(trace.sessionId)) return; // No name of a file; such a session is not kept either.
    const file = join(folder, `${trace.sessionId}.jsonl`);
    const line = toLine(trace, now());
    const before = sizeOf(file);
    if (before === 0) makeRoom(folder);
    if (before + line.length > FILE_MAX) rewrite(file, line);
    else appendFileSync(file, line, { mode: 0o600 });
  };
}

/** All traces of a session, oldest turn first. @throws PithError TRACE_NOT_FOUND */
export function readTraces(dataFolder: string, given: string): KeptTrace[] {
  const ids = keptSessions(dataFolder).map(({ id }) => id);
  const id = ids.includes(given) ? given : uniqueBeginning(given, ids);
  return parse(readFileSync(join(tracesFolder(dataFolder), `${id}.jsonl`), 'utf8'));
}

/** The turn that ended last in this folder. @throws PithError TRACE_NOT_FOUND */
export function readLastTrace(dataFolder: string, cwd: string): KeptTrace {
  for (const { id } of keptSessions(dataFolder)) {
    const last = parse(readFileSync(join(tracesFolder(dataFolder), `${id}.jsonl`), 'utf8')).findLast((trace) => trace.cwd === cwd);
    if (last !== undefined) return last;
  }
  throw new PithError(`No turn of ${cwd} has left a trace`, { code: 'TRACE_NOT_FOUND', hint: 'Run one: pith run "…" (with --no-session none is kept). One of another folder: pith hooks trace SESSION' });
}

function uniqueBeginning(given: string, ids: readonly string[]): string {
  const begun = given === '' ? [] : ids.filter((id) => id.startsWith(given));
  if (begun.length === 1) return begun[0]!;
  if (begun.length > 1) throw new PithError(`${JSON.stringify(given)} is the beginning of ${begun.length} sessions`, { code: 'TRACE_NOT_FOUND', exitCode: EXIT.usage, hint: `Write more of one: ${begun.slice(0, 5).join(', ')}${begun.length > 5 ? ' …' : ''}` });
  const near = nearest(given, ids);
  throw new PithError(`There is no trace of a session ${JSON.stringify(given)}`, { code: 'TRACE_NOT_FOUND', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Those of the last ${FILES_MAX} sessions are kept; pith sessions list shows the sessions.` });
}

/** Newest first. */
function keptSessions(dataFolder: string): { id: string; atMs: number }[] {
  const folder = tracesFolder(dataFolder);
  return namesIn(folder)
    .filter((name) => name.endsWith('.jsonl') && ID.test(name.slice(0, -6)))
    .map((name) => ({ id: name.slice(0, -6), atMs: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The whole lines; what a crash has left of one is passed over. */
function parse(text: string): KeptTrace[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      const trace = JSON.parse(line) as KeptTrace;
      return trace.v === TRACE_VERSION && Array.isArray(trace.entries) ? [trace] : [];
    } catch {
      return []; // The rest of the file is worth showing.
    }
  });
}

/** The newest entries that there is room for. A line end stands in front, too, so that a torn line spoils only itself. */
function toLine({ sessionId, turnId, cwd, entries, dropped }: TurnTrace, atMs: number): Buffer {
  const kept = entries.map(shorten);
  for (;;) {
    const gone = dropped + entries.length - kept.length;
    const line = Buffer.from(`\n${JSON.stringify({ v: TRACE_VERSION, atMs, sessionId, turnId, cwd, dropped: gone, entries: kept } satisfies KeptTrace)}\n`);
    if (line.length <= TURN_MAX || kept.length === 0) return line;
    kept.splice(0, Math.ceil(kept.length / 4));
  }
}

function shorten(entry: TraceEntry): TraceEntry {
  const { change, error, ownMs } = entry;
  return {
    ...entry, ownMs: Math.round(ownMs * 1000) / 1000,
    ...(error === undefined ? {} : { error: cutMiddle(error, TEXT_MAX) }),
    ...(change === undefined ? {} : { change: { before: { ...change.before, input: shortInput(change.before.input) }, after: { ...change.after, input: shortInput(change.after.input) } } }),
  };
}

/** An input that is too long is kept as the beginning and the end of its JSON. */
function shortInput(input: unknown): unknown {
  const text = JSON.stringify(input) ?? '';
  return text.length <= TEXT_MAX ? input : cutMiddle(text, TEXT_MAX);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Before a new file: nobody else may read the folder, and the oldest files go. */
function makeRoom(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
  const names = namesIn(folder);
  if (names.length < FILES_MAX) return;
  const byAge = names.map((name) => ({ name, atMs: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 })).sort((a, b) => b.atMs - a.atMs);
  for (const { name } of byAge.slice(FILES_MAX - 1)) rmSync(join(folder, name), { force: true });
}

/** Keeps the newer half of what was there. */
function rewrite(file: string, line: Buffer): void {
  const old = readFileSync(file);
  const from = old.indexOf(10, old.length - FILE_MAX / 2);
  const aside = `${file}.${process.pid}.tmp`;
  writeFileSync(aside, Buffer.concat([from === -1 ? Buffer.alloc(0) : old.subarray(from), line]), { mode: 0o600 });
  renameSync(aside, file);
}
