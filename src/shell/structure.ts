import type { LexedCommand, Mark } from './cursor.ts';
import type { Word } from './word.ts';

/** What runs after what: the commands of a text in the order in which a shell comes to them. */
export type Step =
  | { kind: 'command'; command: LexedCommand }
  | { kind: 'sequence'; steps: readonly Step[] }
  /** `left && right`, `left || right`. */
  | { kind: 'and' | 'or'; left: Step; right: Step }
  | { kind: 'not'; step: Step }
  /** In a shell of its own, which changes nothing for what follows: subshells, substitutions, parts of a pipe, `&`. */
  | { kind: 'aside'; step: Step }
  | { kind: 'choice'; condition: Step; then: Step; otherwise: Step }
  /** One arm or none, or several in order. */
  | { kind: 'arms'; arms: readonly Step[] }
  /** `variable` takes each of `words` in turn; without them, what is not known. */
  | { kind: 'loop'; condition: Step; body: Step; variable?: string; words?: readonly Word[] }
  | { kind: 'function'; name?: string; body: Step };

/** Deeper nesting has no structure: it asks. */
const DEPTH_MAX = 200;
const NOTHING: Step = { kind: 'sequence', steps: [] };

/** @returns nothing where the marks follow no grammar that is known here */
export function readSteps(marks: readonly Mark[]): Step | undefined {
  const reader = new StepReader(marks);
  try {
    return reader.readAll();
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}

class Unclear extends Error {}

class StepReader {
  readonly #marks: readonly Mark[];
  #at = 0;
  #depth = 0;

  constructor(marks: readonly Mark[]) {
    this.#marks = marks;
  }

  readAll(): Step {
    const step = this.#readList();
    if (this.#at < this.#marks.length) throw new Unclear();
    return step;
  }

  get #next(): Mark | undefined { return this.#marks[this.#at]; }

  /** Until something that is no part of a list, which is left unread. */
  #readList(): Step {
    if (++this.#depth > DEPTH_MAX) throw new Unclear();
    const steps: Step[] = [];
    for (;;) {
      while (this.#isOperator(';', '\n')) this.#at++;
      if (!this.#beginsItem()) break;
      const step = this.#readAndOr();
      const isBackground = this.#isOperator('&');
      steps.push(isBackground ? { kind: 'aside', step } : step);
      if (isBackground) this.#at++;
      else if (!this.#isOperator(';', '\n')) break;
    }
    this.#depth--;
    return steps.length === 1 ? steps[0]! : { kind: 'sequence', steps };
  }

  #readAndOr(): Step {
    let left = this.#readPipe();
    while (this.#isOperator('&&', '||')) {
      const kind = this.#isOperator('&&') ? 'and' : 'or';
      this.#at++;
      left = { kind, left, right: this.#readPipe() };
    }
    return left;
  }

  #readPipe(): Step {
    const items = [this.#readItem()];
    while (this.#isOperator('|', '|&')) {
      this.#at++;
      items.push(this.#readItem());
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', steps: items.map((step) => ({ kind: 'aside', step })) };
  }

  /** A command or a compound, behind what its words run. */
  #readItem(): Step {
    while (this.#isOperator('\n')) this.#at++;
    const steps: Step[] = this.#readAsides();
    const isCommand = this.#next?.kind === 'command';
    const step = this.#readCore();
    if (step !== undefined) steps.push(step);
    // Redirects of a compound, and what their words run.
    if (!isCommand) {
      for (;;) {
        const asides = this.#readAsides();
        steps.push(...asides);
        if (this.#next?.kind === 'nothing') this.#at++;
        else if (asides.length === 0) break;
      }
    }
    if (steps.length === 0) throw new Unclear();
    return steps.length === 1 ? steps[0]! : { kind: 'sequence', steps };
  }

  /** Substitutions. */
  #readAsides(): Step[] {
    const steps: Step[] = [];
    for (let next = this.#next; next?.kind === 'open' && !next.isSubshell; next = this.#next) steps.push(this.#readAside());
    return steps;
  }

  #readAside(): Step {
    this.#at++;
    const step = this.#readList();
    this.#take('close');
    return { kind: 'aside', step };
  }

  #readCore(): Step | undefined {
    const next = this.#next;
    switch (next?.kind) {
      case 'command': this.#at++; return { kind: 'command', command: next.command };
      case 'nothing': this.#at++; return NOTHING;
      case 'open': return this.#readAside();
      case 'for': {
        this.#at++;
        while (this.#isOperator(';', '\n')) this.#at++;
        const { variable, words } = next;
        return { kind: 'loop', condition: NOTHING, body: this.#readBlock('do', 'done'), ...(variable === undefined ? {} : { variable }), ...(words === undefined ? {} : { words }) };
      }
      case 'case': return this.#readCase();
      case 'function': this.#at++; return { kind: 'function', body: this.#readItem(), ...(next.name === undefined ? {} : { name: next.name }) };
      case 'word': return this.#readCompound(next.text);
      default: return undefined;
    }
  }

  #readCompound(word: string): Step | undefined {
    switch (word) {
      case 'time': this.#at++; return this.#beginsItem() ? this.#readItem() : NOTHING;
      case '!': this.#at++; return { kind: 'not', step: this.#beginsItem() ? this.#readItem() : NOTHING };
      case '{': return this.#readBlock('{', '}');
      case 'if': return this.#readChoice();
      case 'while': case 'until': {
        this.#at++;
        const condition = this.#readList();
        return { kind: 'loop', condition, body: this.#readBlock('do', 'done') };
      }
      default: return undefined;
    }
  }

  /** Behind `if` or `elif`. The last `fi` ends them all. */
  #readChoice(): Step {
    if (++this.#depth > DEPTH_MAX) throw new Unclear();
    this.#at++;
    const condition = this.#readList();
    this.#take('then');
    const then = this.#readList();
    let otherwise = NOTHING;
    if (this.#isWord('elif')) otherwise = this.#readChoice();
    else {
      if (this.#isWord('else')) {
        this.#at++;
        otherwise = this.#readList();
      }
      this.#take('fi');
    }
    this.#depth--;
    return { kind: 'choice', condition, then, otherwise };
  }

  #readCase(): Step {
    this.#at++;
    const arms: Step[] = [];
    while (this.#next?.kind === 'arm' || this.#beginsAside()) {
      if (this.#beginsAside()) { arms.push(this.#readAside()); continue; }
      this.#at++;
      arms.push(this.#readList());
    }
    this.#take('esac');
    return { kind: 'arms', arms };
  }

  #readBlock(first: string, last: string): Step {
    this.#take(first);
    const step = this.#readList();
    this.#take(last);
    return step;
  }

  #take(what: string): void {
    const next = this.#next;
    if (next === undefined || (next.kind === 'word' ? next.text : next.kind) !== what) throw new Unclear();
    this.#at++;
  }

  #isOperator(...texts: readonly string[]): boolean {
    const next = this.#next;
    return next?.kind === 'operator' && texts.includes(next.text);
  }

  #isWord(text: string): boolean {
    const next = this.#next;
    return next?.kind === 'word' && next.text === text;
  }

  #beginsAside(): boolean {
    const next = this.#next;
    return next?.kind === 'open' && !next.isSubshell;
  }

  #beginsItem(): boolean {
    const next = this.#next;
    if (next === undefined) return false;
    switch (next.kind) {
      case 'command': case 'nothing': case 'open': case 'for': case 'case': case 'function': return true;
      case 'word': return ['time', '!', '{', 'if', 'while', 'until'].includes(next.text);
      default: return false;
    }
  }
}
