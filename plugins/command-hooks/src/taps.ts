import type {
  ExecuteRun, ModelEvent, ModelRequest, NextModelCall, Opinion, PreparedCall, PrepareRun, ToolCall, ToolResult, Turn, TurnEvent, UserInput,
} from '@pith/kernel';
import type { HookSession } from './hook-session.ts';
import type { HookSessions } from './hook-sessions.ts';
import { markText } from './mark-text.ts';
import { onContext } from './taps/context.ts';
import { observe } from './taps/observe.ts';
import { addTexts, onInput } from './taps/prompt.ts';
import { hasStopHooks, watchReply } from './taps/stop.ts';
import { giveOpinion, Judgements, onAsking } from './taps/tool-call.ts';
import { onExecute } from './taps/tool-result.ts';

/** What stands behind the taps, loaded with the first of them. */
export class Taps {
  readonly #sessions: HookSessions;
  readonly #models: ReadonlyMap<string, string>;
  readonly #judgements = new Judgements();

  constructor(sessions: HookSessions, models: ReadonlyMap<string, string>) {
    this.#sessions = sessions;
    this.#models = models;
  }

  onInput(input: UserInput, turn: Turn): Promise<undefined> {
    return onInput(this.#of(turn), input, turn);
  }

  addTexts(input: UserInput, turn: Turn): UserInput | undefined {
    return addTexts(this.#of(turn), input, turn);
  }

  onContext(request: ModelRequest, turn: Turn): Promise<undefined> {
    return onContext(this.#of(turn), request, turn);
  }

  /** @returns nothing where no hook waits for the end of the turn: then the stream costs nothing to pass */
  watch(request: ModelRequest, turn: Turn, next: NextModelCall): AsyncIterable<ModelEvent> | undefined {
    const session = this.#sessions.find(turn.sessionId);
    return session !== undefined && request.purpose === 'turn' && hasStopHooks(session, turn) ? watchReply(session, next(request, turn), turn) : undefined;
  }

  async onPrepare(call: ToolCall, turn: Turn, next: PrepareRun): Promise<ToolResult> {
    const judgement = await this.#judgements.make(this.#of(turn), call, turn);
    try {
      const result = await next(judgement.hasChanged ? { ...call, input: judgement.input } : call, turn);
      if (judgement.contexts.length === 0) return result;
      return { ...result, content: [...result.content, ...judgement.contexts.map((text) => markText('PreToolUse', text))] };
    } finally {
      this.#judgements.drop(judgement, call, turn);
    }
  }

  async onPermission(call: PreparedCall, turn: Turn): Promise<Opinion | undefined> {
    return giveOpinion(await this.#judgements.of(this.#of(turn), call, turn));
  }

  onAsking(call: PreparedCall, turn: Turn): Promise<Opinion | undefined> {
    return onAsking(this.#of(turn), call, turn);
  }

  onExecute(call: PreparedCall, turn: Turn, next: ExecuteRun): Promise<ToolResult> {
    return onExecute(this.#of(turn), call, turn, () => next(call, turn));
  }

  observe(event: TurnEvent): void | Promise<void> {
    return observe(this.#sessions, event);
  }

  #of(turn: Turn): HookSession {
    const session = this.#sessions.of(turn);
    session.model ??= this.#models.get(turn.sessionId);
    return session;
  }
}
