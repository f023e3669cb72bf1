import type { ClassifierOptions } from './options.ts';
import type { Judgement } from './verdict.ts';

/** So many refusals in a row, or in all, and it has no say any more: it may be wrong, and only a person can tell. */
const BLOCKS_IN_A_ROW = 3;
const BLOCKS_IN_ALL = 20;
/** Of what a person has typed, the newest are shown, each with its beginning. */
const TASKS = 10;
const TASK_CHARACTERS = 2000;
const KNOWN_MAX = 500;
/** What a call counts whose price nobody knows, and one that is still open. */
const UNKNOWN_MICRO_USD = 10_000;

/** What a session has asked of the classifier so far. */
export class History {
  readonly #task: string[] = [];
  readonly #known = new Map<string, Judgement>();
  #inputs = 0;
  #inARow = 0;
  #inAll = 0;
  #spentMicroUsd = 0;
  #open = 0;
  #turnId = '';
  #calls = 0;
  #hasSaid = false;

  get task(): readonly string[] { return this.#task; }

  addInput(text: string): void {
    this.#inputs++;
    this.#task.push(text.length > TASK_CHARACTERS ? `${text.slice(0, TASK_CHARACTERS).toWellFormed()}…` : text);
    if (this.#task.length > TASKS) this.#task.shift();
  }

  addCost(microUsd: number | null): void {
    this.#spentMicroUsd += microUsd ?? UNKNOWN_MICRO_USD;
  }

  /** The same call means something else once the person has said more. */
  known(call: string): Judgement | undefined { return this.#known.get(`${this.#inputs} ${call}`); }

  /** Why it is not asked for this call; nothing where it may be, which counts from then on until `end`. */
  begin(turnId: string, { maxCallsPerTurn, maxCostMicroUsd }: ClassifierOptions): string | undefined {
    if (turnId !== this.#turnId) [this.#turnId, this.#calls] = [turnId, 0];
    const paused = this.whyPaused();
    if (paused !== undefined) return paused;
    if (this.#calls >= maxCallsPerTurn) return `the classifier was asked ${maxCallsPerTurn} times in this turn, which is its limit`;
    if (this.#spentMicroUsd + this.#open * UNKNOWN_MICRO_USD >= maxCostMicroUsd) return `the classifier has spent the ${maxCostMicroUsd / 1_000_000} dollars of this session`;
    this.#calls++;
    this.#open++;
    return undefined;
  }

  end(): void { this.#open--; }

  whyPaused(): string | undefined {
    if (this.#inARow < BLOCKS_IN_A_ROW && this.#inAll < BLOCKS_IN_ALL) return undefined;
    return `the classifier has refused ${this.#inARow >= BLOCKS_IN_A_ROW ? `${this.#inARow} calls in a row` : `${this.#inAll} calls`}, so a person is asked from here on`;
  }

  /** True once: then it is said. */
  firstPause(): boolean {
    const isFirst = !this.#hasSaid && this.whyPaused() !== undefined;
    this.#hasSaid ||= isFirst;
    return isFirst;
  }

  add(call: string, judgement: Judgement): void {
    if (judgement.verdict === 'deny') {
      this.#inARow++;
      this.#inAll++;
    } else {
      this.#inARow = 0;
    }
    if (this.#known.size >= KNOWN_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(`${this.#inputs} ${call}`, judgement);
  }
}
