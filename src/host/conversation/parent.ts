import { type Answer, type Asker, PithError, type Question } from '@pith/kernel';
import type { AnswerLine } from './input-line.ts';

/** What is written to the parent beside the events. It is in no journal: the diff of a question is for whoever answers it alone. */
export type ParentLine =
  | { type: 'question'; id: string; question: Question }
  | { type: 'question-withdrawn'; id: string; reason: string };

interface Asked { question: Question; answer: (answer: Answer | Promise<Answer>) => void }

/** How many questions are remembered after their end, to tell why an answer to them came too late. */
const ENDED_MAX = 1000;

/** The parent program as the one who is asked. */
export class Parent {
  readonly #write: (line: ParentLine) => Promise<void> | undefined;
  readonly #open = new Map<string, Asked>();
  readonly #ended = new Map<string, 'answered' | 'withdrawn'>();
  /** The call that is asked about next, of which the event has been seen already, and its answer where that was quicker than the diff. */
  #announced: { question: Question; early?: Answer } | undefined;
  #count = 0;
  /** Set once the parent can answer nothing more. */
  #gone: string | undefined;

  constructor(write: (line: ParentLine) => Promise<void> | undefined) {
    this.#write = write;
  }

  /** The event `permission-asked` goes out: it may be answered from here on, by its call. */
  announce(question: Question): void {
    this.#announced = { question };
  }

  readonly ask: Asker = async (question, signal) => {
    const early = this.#announced?.question.callId === question.callId ? this.#announced?.early : undefined;
    this.#announced = undefined;
    signal.throwIfAborted();
    if (early !== undefined) return early;
    if (this.#gone !== undefined) return nobody(question, this.#gone);
    const id = `q${++this.#count}`;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const withdraw = (): void => {
      void this.#write({ type: 'question-withdrawn', id, reason: (signal.reason as Error).message });
      this.#end(id, 'withdrawn');
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', withdraw, { once: true });
    this.#open.set(id, { question, answer: resolve });
    try {
      await Promise.race([this.#write({ type: 'question', id, question }), promise]);
      return await promise;
    } finally {
      signal.removeEventListener('abort', withdraw);
    }
  };

  /** @throws PithError ANSWER_UNASKED, ANSWER_INVALID; then the question stays as it is */
  answer({ id, callId, verdict, scope, rules, text }: AnswerLine): void {
    const found = id ?? [...this.#open].find(([, { question }]) => question.callId === callId)?.[0];
    const asked = found === undefined ? undefined : this.#open.get(found);
    const announced = callId !== undefined && this.#announced?.question.callId === callId && this.#announced.early === undefined ? this.#announced : undefined;
    const question = asked?.question ?? announced?.question;
    if (question === undefined) throw new PithError(this.#whyUnasked(id, callId!), { code: 'ANSWER_UNASKED', hint: 'An answer names the id of a question that is open.' });
    const answer: Answer = { verdict, ...(scope === undefined ? {} : { scope }), ...(rules === undefined ? {} : { rules }), ...(text === undefined ? {} : { text }) };
    const wrong = whyWrong(answer, question);
    if (wrong !== undefined) throw new PithError(`The answer to ${found === undefined ? `the question about ${callId}` : `question ${found}`} ${wrong}`, { code: 'ANSWER_INVALID', hint: 'The question is still open.' });
    if (asked === undefined) {
      announced!.early = answer;
      return;
    }
    this.#end(found!, 'answered');
    asked.answer(answer);
  }

  /** The parent has closed its end: what is open is answered by nobody, and so is what comes. */
  leave(why: string): void {
    this.#gone = why;
    for (const [id, { question, answer }] of [...this.#open]) {
      this.#end(id, 'withdrawn');
      answer(nobody(question, why));
    }
  }

  #end(id: string, how: 'answered' | 'withdrawn'): void {
    this.#open.delete(id);
    this.#ended.set(id, how);
    if (this.#ended.size > ENDED_MAX) this.#ended.delete(this.#ended.keys().next().value!);
  }

  #whyUnasked(id: string | undefined, callId: string): string {
    if (id === undefined) return `Nothing is asked about the call ${JSON.stringify(callId)}`;
    const how = this.#ended.get(id);
    if (how === undefined) return `No question has the id ${JSON.stringify(id)}`;
    return how === 'answered' ? `Question ${id} was answered before` : `Question ${id} was withdrawn: what it was about has been stopped`;
  }
}

/** What is not to be had of a question; nothing where the answer is one. */
function whyWrong({ verdict, scope = 'once', rules, text }: Answer, { kind, always = [] }: Question): string | undefined {
  if (kind !== 'permission') {
    if (scope !== 'once' || rules !== undefined) return 'has a scope or rules, and nothing is to be permitted';
    return verdict === 'allow' && text === undefined ? 'has no text; an answer with verdict allow says what was chosen' : undefined;
  }
  if (verdict === 'deny' && (scope !== 'once' || rules !== undefined)) return 'has a scope or rules, and a deny is for this call alone';
  if (scope !== 'always') return rules === undefined ? undefined : 'has rules, which only scope always has';
  const isOffered = always.some((offered) => offered.length === rules?.length && offered.every((rule, index) => rule === rules[index]));
  if (isOffered) return undefined;
  return always.length === 0 ? 'has scope always, and the question offers no rules for good' : `has scope always with rules that the question does not offer; it offers ${always.map((offered) => JSON.stringify(offered)).join(' or ')}`;
}

/** Where a call waits for the answer it is refused as one that nobody was there to allow. */
async function nobody({ kind }: Question, why: string): Promise<Answer> {
  if (kind === 'permission') throw new Error(why);
  return { verdict: 'deny', nobody: true, text: why };
}
