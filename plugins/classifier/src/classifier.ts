import { abstain, allow, ask, type CallModelRequest, deny, type Opinion, type PreparedCall, toMessage, type Turn, type TurnEvent, type UserInput } from '@pith/kernel';
import { History } from './history.ts';
import type { ClassifierOptions } from './options.ts';
import { showCall, type ShownCall, toRequest } from './request.ts';
import { type Judgement, parseVerdict } from './verdict.ts';

const PURPOSE = 'classifier';

/** How a call is dealt with: all that a replay cannot find out by itself. */
interface Plan {
  /** It is not asked, and why. */
  silent?: string;
  /** That is said to people, too. */
  isNews?: boolean;
  known?: Judgement;
  /** What it is told of the task. */
  task?: readonly string[];
  /** Why a yes of it does not count. */
  bound?: string;
}

/** Asks a model about calls that a person would be asked about. */
export class Classifier {
  readonly #options: ClassifierOptions;
  /** Why a yes of it never counts. */
  readonly #bound: string | undefined;
  readonly #sessions = new Map<string, History>();

  constructor(options: ClassifierOptions, bound: string | undefined) {
    this.#options = options;
    this.#bound = bound;
  }

  /** Only what a person, or the program that started pith, has typed says what is wanted. What was piped in alone may be anybody's text. */
  onInput({ text, origin, verbatim }: UserInput, { sessionId }: Turn): void {
    if ((origin === 'person' || origin === 'parent') && verbatim !== true) this.#historyOf(sessionId).addInput(text);
  }

  onEvent(event: TurnEvent): void {
    if (event.type === 'model-end' && event.purpose === PURPOSE) this.#historyOf(event.sessionId).addCost(event.costMicroUsd);
    else if (event.type === 'session-end') this.#sessions.delete(event.sessionId);
  }

  async judge(call: PreparedCall, turn: Turn): Promise<Opinion> {
    const history = this.#historyOf(turn.sessionId);
    const shown = showCall(call, this.#options.maxInputCharacters);
    const { silent, isNews, known, task = [], bound } = await turn.recorded(`plan ${call.id}`, () => this.#plan(call, { shown, turn, history }));
    if (isNews) turn.emit({ type: 'notice', level: 'warning', code: 'CLASSIFIER_PAUSED', text: `${silent}. Look at what it refused: pith hooks explain` });
    if (silent !== undefined) return abstain(silent);
    const judgement = known ?? await this.#ask(toRequest(shown, task, this.#options), turn, history);
    if (typeof judgement === 'string') return abstain(judgement);
    history.add(toKey(call), judgement);
    return toOpinion(judgement, bound);
  }

  #plan(call: PreparedCall, { shown, turn: { turnId }, history }: { shown: ShownCall; turn: Turn; history: History }): Plan {
    const paused = history.whyPaused();
    if (paused !== undefined) return { silent: paused, ...(history.firstPause() ? { isNews: true } : {}) };
    const bound = this.#bound ?? (shown.isWhole ? history.task.length > 0 ? undefined : 'nobody has said what the task is' : 'it has seen a part of the call only');
    const more = bound === undefined ? {} : { bound };
    const known = history.known(toKey(call));
    if (known !== undefined) return { known, ...more };
    const silent = history.begin(turnId, this.#options);
    return silent === undefined ? { task: history.task, ...more } : { silent };
  }

  /** @returns the judgement, or in words why there is none */
  async #ask(request: CallModelRequest, turn: Turn, history: History): Promise<Judgement | string> {
    try {
      const reply = await turn.callModel(request, { purpose: PURPOSE, timeoutMs: this.#options.timeoutMs });
      return parseVerdict(reply) ?? 'the classifier said nothing that is a verdict';
    } catch (error) {
      turn.signal.throwIfAborted();
      return `the classifier could not be asked: ${toMessage(error)}`;
    } finally {
      history.end();
    }
  }

  #historyOf(sessionId: string): History {
    let history = this.#sessions.get(sessionId);
    if (history === undefined) this.#sessions.set(sessionId, history = new History());
    return history;
  }
}

function toOpinion({ verdict, reason }: Judgement, bound: string | undefined): Opinion {
  if (verdict === 'deny') return deny(reason);
  if (verdict === 'ask') return ask(reason);
  return bound === undefined ? allow(reason) : abstain(`the classifier would let it pass (${reason}), which does not count: ${bound}`);
}

function toKey({ name, cwd, input }: PreparedCall): string {
  return JSON.stringify([name, cwd, input]);
}
