import { type Argument, lookUp, type LoopValue, toRuleWords } from './argument.ts';
import type { Assignment } from './assignment.ts';
import { type DeepRead, deepReadOf } from '../places/deep-read.ts';
import { looseSegments, type Segment } from './loose-command.ts';
import { type Mention, mentionsOfText, mentionsOfWords } from '../places/mention.ts';
import type { ShellState } from './shell-state.ts';
import type { Surroundings } from '../subject.ts';
import { unwrap } from './wrapper.ts';

export interface CommandParts {
  text: string;
  /** Its words, once for each way in which loops around it may run it. */
  variants: readonly (readonly Argument[])[];
  assignments?: readonly Assignment[];
  state: ShellState;
  /** The reserved word `time` stands in front. */
  isTimed?: boolean;
  /** Why no rule covers it, whatever its words. */
  doubt?: string | undefined;
  /** A text of which not every command is known for sure: it is searched, quotes and all. */
  searched?: string | undefined;
  /** The command that runs this one, by a text that it is given. */
  within?: Command | undefined;
}

/** One command as rules and modes look at it, in the readings that are needed; each is made when it is first looked at. */
export class Command {
  readonly text: string;
  readonly variants: readonly (readonly Argument[])[];
  readonly assignments: readonly Assignment[];
  readonly state: ShellState;
  readonly isTimed: boolean;
  readonly doubt: string | undefined;
  readonly searched: string | undefined;
  readonly within: Command | undefined;
  /** It calls a function that the line defines, whose commands are judged by themselves. */
  readonly isFunction: boolean;
  readonly #at: Surroundings;
  #mentions: readonly Mention[] | undefined;
  #deepReads: readonly DeepRead[] | undefined;
  #byQuotes: Segment[] | undefined;
  #throughQuotes: Segment[] | undefined;
  #ruleWords: readonly (readonly string[] | undefined)[] | undefined;

  constructor({ text, variants, assignments = [], state, isTimed = false, doubt, searched, within }: CommandParts, at: Surroundings) {
    this.text = text;
    this.variants = variants;
    this.assignments = assignments;
    this.state = state;
    this.isTimed = isTimed;
    this.doubt = doubt ?? state.changed;
    this.searched = searched;
    this.within = within;
    this.#at = at;
    const [program] = variants[0] ?? [];
    this.isFunction = program?.kind === 'known' && state.functions.has(program.text);
  }

  /** It may run in another folder than the call. */
  get isElsewhere(): boolean { return this.state.cwds?.some((cwd) => cwd !== this.#at.cwd) ?? true; }

  /** The words of each variant as they are spelled, with `OPEN` and patterns in them. */
  get spellings(): readonly (readonly string[])[] { return this.variants.map((words) => words.map(({ text }) => text)); }

  /** The words of each variant as rules see them; nothing where one of them is not known. */
  get ruleWords(): readonly (readonly string[] | undefined)[] { return this.#ruleWords ??= this.variants.map(toRuleWords); }

  /** Every folder that it may run in; the folder of the call where that is not known. */
  get folders(): readonly Surroundings[] { return this.state.cwds?.map((cwd) => (cwd === this.#at.cwd ? this.#at : { ...this.#at, cwd })) ?? [this.#at]; }

  /** Its words in one folder with patterns looked up, within `time`, `timeout N` and `nice`. */
  wordsIn({ cwd }: Surroundings): readonly (readonly LoopValue[])[] | undefined {
    const found = this.variants.map((words) => lookUp(words, cwd));
    return found.includes(undefined) ? undefined : found as LoopValue[][];
  }

  /** Every path that the command names, in every folder that it may run in. */
  get mentions(): readonly Mention[] { return this.#mentions ??= this.folders.flatMap((at) => this.#mentionsIn(at)); }

  /** What it gets at without naming it, in every folder that it may run in. */
  get deepReads(): readonly DeepRead[] {
    return this.#deepReads ??= this.folders.flatMap((at) => this.spellings.flatMap((words) => deepReadOf(unwrap(words), at) ?? []));
  }

  #mentionsIn(at: Surroundings): Mention[] {
    if (this.searched !== undefined) return mentionsOfText(this.searched, at);
    const assigned = this.assignments.map(({ text }) => text);
    const [first = [], ...others] = this.spellings;
    const more = new Set(others.flat());
    for (const word of first) more.delete(word);
    return mentionsOfWords([...assigned, ...unwrap(first), ...more], at);
  }

  /** Every command in the searched text, parted as its quotes say. */
  get byQuotes(): readonly Segment[] { return this.#byQuotes ??= looseSegments(this.searched ?? '', { quotes: true }); }

  /** Every command in the searched text, also within quotes. */
  get throughQuotes(): readonly Segment[] { return this.#throughQuotes ??= looseSegments(this.searched ?? '', { quotes: false }); }
}
