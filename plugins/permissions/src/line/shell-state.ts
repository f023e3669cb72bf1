import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ShellCommand, Step, Word } from '@pith/shell';
import { type Loops, type LoopValue, lookUp, readVariants } from './argument.ts';
import { isHarmlessName, isOwnName, isShellName, toAssignment } from './assignment.ts';
import { changeOf, isDecidedBuiltin, isDecidedName, isProgramOnly } from './builtin.ts';
import { leavesFiles } from '../programs/program.ts';
import { unwrap } from './wrapper.ts';

/** How a command finds the shell: what the commands before it may have made of it. */
export interface ShellState {
  /** The folders that it may run in; nothing where that is not known. */
  cwds: readonly string[] | undefined;
  /** A `cd` came before. */
  moved: boolean;
  /** Something came before that may have taken folders away. */
  touched: boolean;
  /** Why words may mean something else than they say. */
  changed?: string;
  /** Why programs may do something else than they usually do: builtins do not mind. */
  assigned?: string;
  /** Functions that surely stand. */
  functions: ReadonlySet<string>;
  loops: Loops;
}

export interface TraceOptions { start: ShellState; home: string; /** `cd` goes by it. */ hasCdPath: boolean }

/** In how many folders a line may be at once before they count as unknown. */
const CWDS_MAX = 8;
/** A line of which each step is walked through more often than this is too entangled: loops in loops that change the shell. */
const VISITS_PER_STEP = 10;
const VALUES_MAX = 100;

/** How each command of a text finds the shell. */
export function traceShell(steps: Step, options: TraceOptions): ReadonlyMap<ShellCommand, ShellState> {
  const tracer = new Tracer(steps, options);
  tracer.visit(steps, options.start);
  return tracer.states;
}

/** What is so after a step that ended well, and after one that did not. */
interface Ends { yes: ShellState; no: ShellState; /** It ends well. */ isSure?: boolean }

class Tracer {
  readonly states = new Map<ShellCommand, ShellState>();
  readonly #options: TraceOptions;
  /** Every function that the text defines, wherever. */
  readonly #functions = new Set<string>();
  /** What any function of the text might do, whenever it is called. */
  #called: Pick<ShellState, 'changed' | 'assigned'> & { moves: boolean } = { moves: false };
  #visits = 0;
  #visitsMax = 0;

  constructor(steps: Step, options: TraceOptions) {
    this.#options = options;
    this.#survey(steps);
  }

  visit(step: Step, state: ShellState): Ends {
    if (++this.#visits > this.#visitsMax) state = { ...state, cwds: undefined, moved: true, changed: 'the line is too entangled to follow', loops: new Map() };
    switch (step.kind) {
      case 'command': return this.#run(step.command, state);
      case 'sequence': return both(step.steps.reduce((before, inner) => joinEnds(this.visit(inner, before)), state));
      case 'and': {
        const left = this.visit(step.left, state);
        const right = this.visit(step.right, left.yes);
        return left.isSure ? right : { yes: right.yes, no: join(left.no, right.no) };
      }
      case 'or': {
        const left = this.visit(step.left, state);
        const right = this.visit(step.right, left.no);
        return left.isSure ? { yes: left.yes, no: left.yes, isSure: true } : { yes: join(left.yes, right.yes), no: right.no };
      }
      case 'not': {
        const { yes, no } = this.visit(step.step, state);
        return { yes: join(yes, no), no: join(yes, no) };
      }
      case 'aside': this.visit(step.step, state); return both(state);
      case 'choice': {
        const condition = this.visit(step.condition, state);
        return both(join(joinEnds(this.visit(step.then, condition.yes)), joinEnds(this.visit(step.otherwise, condition.no))));
      }
      case 'arms': return both(step.arms.reduce((before, arm) => join(before, joinEnds(this.visit(arm, before))), state));
      case 'loop': return both(this.#loop(step, state));
      case 'function': return both(this.#define(step, state));
    }
  }

  #run(command: ShellCommand, state: ShellState): Ends {
    const own = this.#see(command, state);
    const known = this.states.get(command);
    this.states.set(command, known === undefined ? own : join(known, own));
    return this.#after(command, own);
  }

  /** A name that the text defines as a function is that function only where it surely stands. */
  #see(command: ShellCommand, state: ShellState): ShellState {
    const name = nameOf(command);
    if (name === undefined || !this.#functions.has(name) || state.functions.has(name)) return state;
    return { ...state, changed: `${name} may be the function of that name` };
  }

  #after(command: ShellCommand, state: ShellState): Ends {
    const name = nameOf(command);
    if (command.words.length === 0) return both(command.assignments.map((word) => toAssignment(word).name).reduce(assign, state));
    if (name !== undefined && this.#functions.has(name)) return both(this.#call(state));
    if (name !== undefined && isProgramOnly(name) && (state.touched || isDecidedName(name))) return both(state);
    const variant = readVariants(command.words, state.loops, this.#options.home)[0]!;
    const change = changeOf(variant);
    switch (change.kind) {
      case 'none': return both(state.touched || isDecidedBuiltin(variant) || leavesFiles(unwrap(variant.map(({ text }) => text))) ? state : { ...state, touched: true });
      case 'cd': {
        if (command.assignments.length > 0) return both({ ...state, cwds: undefined, moved: true });
        const cwds = this.#go(state.cwds, change.to);
        return { yes: { ...state, cwds, moved: true }, no: state, isSure: cwds?.every((cwd) => this.#isThere(cwd, state)) ?? false };
      }
      case 'names': return both(change.names.reduce(assign, state));
      case 'shell': return both({ ...state, cwds: undefined, moved: true, changed: `${change.what} comes before it`, loops: new Map() });
    }
  }

  #go(cwds: ShellState['cwds'], to: string): ShellState['cwds'] {
    if (this.#options.hasCdPath && !/^\.{0,2}\//.test(`${to}/`)) return undefined;
    return cwds === undefined ? undefined : [...new Set(cwds.map((cwd) => resolve(cwd, to)))];
  }

  /** The folder of the call is, and one that is there now stays there while nothing runs that may take it away. */
  #isThere(cwd: string, { touched }: ShellState): boolean {
    return this.#options.start.cwds?.[0] === cwd || (!touched && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true);
  }

  /** Whatever any function does may have been done. */
  #call(state: ShellState): ShellState {
    const { moves, ...changes } = this.#called;
    return { ...state, touched: true, ...(moves ? { cwds: undefined, moved: true } : {}), ...changes, loops: new Map() };
  }

  #loop({ condition, body, variable, words }: Extract<Step, { kind: 'loop' }>, before: ShellState): ShellState {
    const named = variable === undefined ? before : assign(before, variable);
    const values = words === undefined || variable === undefined ? undefined : this.#values(words, before);
    if (values === undefined && words?.some((word) => looksOutside(word)) === true) return this.#loop({ kind: 'loop', condition, body }, { ...before, changed: 'it goes over names outside of the working folder' });
    const bind = (state: ShellState): ShellState => (values === undefined || variable === undefined ? state : { ...state, loops: new Map([...state.loops, [variable, values]]) });
    const once = (state: ShellState): ShellState => join(state, joinEnds(this.visit(body, joinEnds(this.visit(condition, bind(state))))));
    const after = once(named);
    if (isSame(after, named)) return after;
    // What one round changes, the next one meets: where it is then is not worth following.
    const loops = new Map([...after.loops].filter(([name]) => named.loops.has(name)));
    return join(after, once({ ...after, cwds: after.moved && !isSame(after, named) ? undefined : after.cwds, loops }));
  }

  #values(words: readonly Word[], state: ShellState): LoopValue[] | undefined {
    if (state.cwds?.length !== 1) return undefined;
    const values: LoopValue[] = [];
    for (const variant of readVariants(words, state.loops, this.#options.home)) {
      const found = lookUp(variant, state.cwds[0]!);
      if (found === undefined) return undefined;
      values.push(...found);
    }
    return values.length > VALUES_MAX ? undefined : values;
  }

  /** Its body runs whenever it is called: anything that the text does may have come before. */
  #define({ name, body }: Extract<Step, { kind: 'function' }>, state: ShellState): ShellState {
    this.visit(body, { ...this.#call(state), functions: new Set() });
    // What `cat` says of a here-document counts as known.
    if (name === undefined || name === 'cat' || !/^[A-Za-z_][\w-]*$/.test(name)) return { ...state, changed: 'a function of an unusual name comes before it' };
    return { ...state, functions: new Set([...state.functions, name]) };
  }

  /** What is defined, and, where anything is, what the commands of the text do to the shell. */
  #survey(step: Step): void {
    const pending = [step];
    const commands: ShellCommand[] = [];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      this.#visitsMax += VISITS_PER_STEP;
      switch (next.kind) {
        case 'command': commands.push(next.command); break;
        case 'sequence': pending.push(...next.steps); break;
        case 'and': case 'or': pending.push(next.left, next.right); break;
        case 'not': case 'aside': pending.push(next.step); break;
        case 'choice': pending.push(next.condition, next.then, next.otherwise); break;
        case 'arms': pending.push(...next.arms); break;
        case 'loop': pending.push(next.condition, next.body); break;
        case 'function':
          this.#functions.add(next.name ?? '');
          pending.push(next.body);
          break;
      }
    }
    if (this.#functions.size === 0) return;
    const none: ShellState = { cwds: [], moved: false, touched: false, functions: new Set(), loops: new Map() };
    for (const command of commands) {
      const change = command.words.length === 0 ? { kind: 'names' as const, names: command.assignments.map((word) => toAssignment(word).name) } : changeOf(readVariants(command.words, none.loops, this.#options.home)[0]!);
      if (change.kind === 'cd') this.#called.moves = true;
      if (change.kind === 'shell') this.#called = { ...this.#called, moves: true, changed: `${change.what} may come before it` };
      if (change.kind !== 'names') continue;
      const { changed, assigned } = change.names.reduce(assign, none);
      this.#called = { ...this.#called, ...(changed === undefined ? {} : { changed }), ...(assigned === undefined ? {} : { assigned }) };
    }
  }
}

/** A pattern that names no place below the folder at hand: what it finds is told by whoever repeats it. */
function looksOutside({ parts }: Word): boolean {
  const text = parts.map((part) => part.text).join('');
  return parts.some(({ kind }) => kind === 'glob') && /^[/~$]|(?:^|\/)\.\.(?:\/|$)/.test(text);
}

function nameOf({ words: [word] }: ShellCommand): string | undefined {
  return word?.parts.every(({ kind }) => kind === 'text') ? word.parts.map(({ text }) => text).join('') : undefined;
}

function assign(state: ShellState, name: string): ShellState {
  const loops = state.loops.has(name) ? new Map([...state.loops].filter(([key]) => key !== name)) : state.loops;
  if (isShellName(name) || name === '') return { ...state, loops, changed: `${name} is set before it` };
  return isOwnName(name) || isHarmlessName(name) ? { ...state, loops } : { ...state, loops, assigned: `${name} is set before it` };
}

function both(state: ShellState): Ends {
  return { yes: state, no: state };
}

function joinEnds({ yes, no, isSure }: Ends): ShellState {
  return isSure ? yes : join(yes, no);
}

/** Either of two states: what may be so in one of them counts, and what is sure must be so in both. */
function join(a: ShellState, b: ShellState): ShellState {
  if (a === b) return a;
  const cwds = a.cwds === undefined || b.cwds === undefined ? undefined : a.cwds === b.cwds ? a.cwds : [...new Set([...a.cwds, ...b.cwds])];
  const changed = a.changed ?? b.changed;
  const assigned = a.assigned ?? b.assigned;
  return {
    cwds: cwds !== undefined && cwds.length > CWDS_MAX ? undefined : cwds, moved: a.moved || b.moved, touched: a.touched || b.touched,
    ...(changed === undefined ? {} : { changed }), ...(assigned === undefined ? {} : { assigned }),
    functions: a.functions === b.functions ? a.functions : new Set([...a.functions].filter((name) => b.functions.has(name))),
    loops: a.loops === b.loops ? a.loops : new Map([...a.loops].filter(([name, values]) => b.loops.get(name) === values)),
  };
}

function isSame(a: ShellState, b: ShellState): boolean {
  const sameCwds = a.cwds === b.cwds || (a.cwds !== undefined && b.cwds !== undefined && a.cwds.length === b.cwds.length && a.cwds.every((cwd) => b.cwds!.includes(cwd)));
  return sameCwds && a.moved === b.moved && a.touched === b.touched && a.changed === b.changed && a.assigned === b.assigned && a.functions.size === b.functions.size
    && (a.loops === b.loops || (a.loops.size === b.loops.size && [...a.loops].every(([name, values]) => b.loops.get(name) === values)));
}
