import { readShell, readWord, type Redirect, type ShellCommand, type ShellReading, type Word } from '@pith/shell';
import { readVariants } from './argument.ts';
import { toAssignment } from './assignment.ts';
import { Command } from './command.ts';
import { lineHoldsHidden } from './hidden.ts';
import { innerTexts, takesCode } from './inner-text.ts';
import { placeOnce } from '../places/once.ts';
import { findRoot, type Place } from '../places/place.ts';
import { type ShellState, traceShell } from './shell-state.ts';
import type { Subject, Surroundings } from '../subject.ts';

export interface LineOptions { at: Surroundings; hasCdPath: boolean; family: string; within?: Command; depth?: number }

/** Longer texts are searched, not read. */
const READ_MAX = 1024 * 1024;
const TIMED = /(?:^|[\s;&|(){}!])time(?:\s+-p)?\s+$/;
/** Texts in texts in texts. */
const DEPTH_MAX = 4;
/** Redirects that touch no file. */
const NULLS = new Set(['/dev/null', '/dev/stdout', '/dev/stderr', '/dev/fd/1', '/dev/fd/2', '/dev/stdin', '/dev/fd/0']);

/** Everything that a line would do: each command, wherever it hides, each redirect to or from a file, what inner texts would run. */
export async function readLine(text: string, options: LineOptions): Promise<Subject[]> {
  const { at, within, family } = options;
  const start: ShellState = { cwds: [at.cwd], moved: false, touched: false, functions: new Set(), loops: new Map(), ...within?.state };
  const whole = (doubt: string): Subject => ({ kind: 'command', family, command: new Command({ text: text.trim(), variants: [], state: start, doubt, searched: text, within }, at) });
  if (text.length > READ_MAX) return [whole('it is too long to be read')];
  const reading = await readShell(text);
  const doubt = lineHoldsHidden(text) ? 'it holds a character that cannot be seen' : reading.doubts[0]?.reason;
  const states = reading.steps === undefined ? undefined : traceShell(reading.steps, { start, home: at.home, hasCdPath: options.hasCdPath });
  const line = new Line(reading, { ...options, start, states, doubt });
  const found = await line.subjects();
  if (doubt !== undefined) return [whole(doubt), ...found];
  if (found.length > 0) return found;
  return [{ kind: 'command', family, command: new Command({ text: text.trim(), variants: [[]], state: start, within }, at) }];
}

interface LineParts extends LineOptions { start: ShellState; states: ReadonlyMap<ShellCommand, ShellState> | undefined; doubt: string | undefined }

class Line {
  readonly #reading: ShellReading;
  readonly #parts: LineParts;
  readonly #known = new Map<string, Subject[]>();

  constructor(reading: ShellReading, parts: LineParts) {
    this.#reading = reading;
    this.#parts = parts;
  }

  async subjects(): Promise<Subject[]> {
    const owners = new Map(this.#reading.commands.flatMap((command) => command.redirects.map((redirect) => [redirect, command])));
    const items = [...this.#reading.commands, ...this.#reading.redirects].sort((a, b) => a.start - b.start);
    const found: Subject[] = [];
    for (const item of items) found.push(...('operator' in item ? this.#redirectSubjects(item, owners.get(item)) : await this.#commandSubjects(item)));
    return [...found, ...this.#reading.tests.flatMap((word) => this.#testSubjects(word))];
  }

  /** A file that `[[` looks at is read, as far as it is known which that is: where the line moves, that is what is named from the root of the disk. */
  #testSubjects(word: Word): Subject[] {
    const { at, family, within } = this.#parts;
    const { cwds } = this.#stateOf(undefined);
    const path = readWord(word, at.home).values?.[0];
    const place = path === undefined || path === '/dev/null' || (cwds === undefined && !path.startsWith('/')) ? undefined : placeOnce(path, at);
    if (place === undefined) return [];
    return [{ kind: 'path', family, path: path!, redirect: this.#reading.text.slice(word.start, word.end), place, root: findRoot(place, at.realRoots), reads: true, edits: false, within }];
  }

  async #commandSubjects(command: ShellCommand): Promise<Subject[]> {
    const { at, family, within, doubt, states, start, depth = 0 } = this.#parts;
    const state = states?.get(command) ?? start;
    const text = this.#reading.text.slice(command.start, command.end);
    // Lines that repeat themselves are judged once.
    const isTimed = TIMED.test(this.#reading.text.slice(Math.max(0, command.start - 20), command.start));
    const key = JSON.stringify([text, isTimed, state.cwds, state.moved, state.changed, state.assigned, [...state.functions]]);
    const isOwn = command.redirects.length === 0 && state.loops.size === 0;
    const known = isOwn ? this.#known.get(key) : undefined;
    if (known !== undefined) return known;
    const variants = readVariants(command.words, state.loops, at.home);
    const isShell = variants.some((words) => takesCode(words));
    const own = new Command({
      text, variants, assignments: command.assignments.map(toAssignment), state, doubt, within, isTimed,
      searched: isShell ? this.#reading.text : undefined,
    }, at);
    const handed = isShell ? command.redirects.filter(({ operator }) => operator === '<<<').map(({ target }) => target) : [];
    const inner = [...variants.flatMap(innerTexts), ...readVariants(handed, state.loops, at.home).flat().flatMap((word) => (word.kind === 'known' ? [word.text] : []))];
    const found: Subject[] = [{ kind: 'command', family, command: own }];
    if (isOwn) this.#known.set(key, found);
    if (depth >= DEPTH_MAX) return found;
    for (const code of new Set(inner)) found.push(...await readLine(code, { ...this.#parts, at, within: own, depth: depth + 1 }));
    return found;
  }

  /** What a redirect reads or writes, in every folder that its command may run in; nothing where it touches no file. */
  #redirectSubjects({ start, end, operator, target }: Redirect, owner: ShellCommand | undefined): Subject[] {
    const { at, family, states, within } = this.#parts;
    if (operator.startsWith('<<') || this.#isPipe(target)) return [];
    const state = this.#stateOf(owner);
    const path = this.#reading.text.slice(target.start, target.end);
    const key = JSON.stringify([operator, path, state.cwds]);
    const known = state.loops.size === 0 ? this.#known.get(key) : undefined;
    if (known !== undefined) return known;
    const variants = readVariants([target], state.loops, at.home);
    const names = variants.map((words) => (words.length === 1 && words[0]!.kind !== 'open' && words[0]!.kind !== 'pattern' ? words[0]!.text : undefined));
    if (operator.endsWith('&') && names.every((name) => name !== undefined && /^(?:\d+-?|-)$/.test(name))) return [];
    if (names.every((name) => name !== undefined && NULLS.has(name))) return [];
    const cwds = state.cwds;
    const places = cwds === undefined || names.includes(undefined) || states === undefined ? [undefined] : cwds.flatMap((cwd) => names.map((name) => placeOnce(name!, { ...at, cwd })));
    const place = joinPlaces(places);
    const guess = place !== undefined ? undefined : joinPlaces(variants.map(([word]) => (word === undefined || word.kind === 'pattern' ? undefined : placeOnce(word.text.replace(/\uffff$/, ''), at))));
    const reads = operator === '<' || operator === '<>' || operator === '<&';
    const found: Subject[] = [{
      kind: 'path', family, path: names.length === 1 ? names[0] ?? path : path, redirect: this.#reading.text.slice(start, end), place, guess, root: place === undefined ? undefined : findRoot(place, at.realRoots),
      reads, edits: operator !== '<' && operator !== '<&', within,
    }];
    if (state.loops.size === 0) this.#known.set(key, found);
    return found;
  }

  #isPipe({ parts }: Word): boolean {
    return parts.length === 1 && parts[0]!.kind === 'expansion' && /^[<>]\(/.test(parts[0]!.text);
  }

  /** That of a group or a loop is not told apart: where the line moves at all, it may be anywhere. */
  #stateOf(owner: ShellCommand | undefined): ShellState {
    const { states, start } = this.#parts;
    const own = owner === undefined ? undefined : states?.get(owner);
    if (own !== undefined) return own;
    const moves = states !== undefined && [...states.values()].some(({ moved }) => moved);
    return moves ? { ...start, cwds: undefined, moved: true } : start;
  }
}

function joinPlaces(places: readonly (Place | undefined)[]): Place | undefined {
  const [first, ...others] = places;
  if (first === undefined || others.includes(undefined)) return undefined;
  return others.length === 0 ? first : { spelled: first.spelled, real: [...new Set([...first.real, ...others.flatMap((place) => [place!.spelled, ...place!.real])])] };
}
