import { type Answer, type Block, type ChatSetup, EXIT, type ListedCommand, type Message, type Mode, PithError, type Question, type Session, toPithError } from '@pith/kernel';
import { createView, type Item, toItems, type View } from './view.ts';
import { closeOpen, withItems, withStatus } from './view/change.ts';
import { toAttachment, toOther } from './view/past-items.ts';
import { findTodo, isShortened, readTodo } from './view/past-todo.ts';
import { readStored } from './view/stored-items.ts';
import { ViewStore } from './view/view-store.ts';

/** What a person sends: text, and what goes with it. */
export interface ChatInput { text: string; attachments?: readonly Block[] }

interface Queued extends ChatInput { id: number }
interface Pending { id: number; resolve(answer: Answer): void }

/** In this order one mode follows the other; `bypassPermissions` only where the chat was begun with it. */
const CYCLE: readonly Mode[] = ['default', 'acceptEdits', 'plan'];

/**
 * What can be done in a chat, without any drawing: a store of the view (`subscribe` and `snapshot`, as React wants them) and the ways
 * to change it. What is sent while a turn is at work waits, and goes out in its order when that has ended, however it did.
 */
export class Conversation {
  readonly setup: ChatSetup;
  readonly session: Session;
  /** Settles with the exit code when the person has left and no turn is at work any more. */
  readonly left: Promise<number>;
  readonly #onLeft: (code: number) => void;
  /** What had been said when the chat began. */
  readonly #past: readonly Message[];
  readonly #modes: readonly Mode[];
  readonly #store: ViewStore;
  readonly #now: () => number;
  readonly #startMs: number;
  /** Items from here on are of this chat; those before are the end of what had been said. */
  readonly #firstId: number;
  #queue: readonly Queued[] = [];
  #lastId = 0;
  #turn: AbortController | undefined;
  #pending: Pending | undefined;
  #code: number | undefined;
  /** What was said is another than what the list of what is to do was taken from. */
  #isTodoOld = false;

  constructor(setup: ChatSetup, { now = Date.now }: { now?: () => number } = {}) {
    this.setup = setup;
    const session = this.session = setup.session;
    this.#now = now;
    this.#startMs = now();
    const { promise, resolve } = Promise.withResolvers<number>();
    [this.left, this.#onLeft] = [promise, resolve];
    this.#past = [...session.messages];
    this.#modes = session.mode === 'bypassPermissions' ? [...CYCLE, 'bypassPermissions'] : CYCLE;
    this.#store = new ViewStore(createView({ cwd: session.cwd, provider: session.provider, model: session.model, mode: session.mode, messages: this.#past, atMs: this.#startMs }));
    this.#firstId = this.#view.nextId;
  }

  /** As React's `useSyncExternalStore` takes it. @returns ends it */
  get subscribe(): ViewStore['subscribe'] { return this.#store.subscribe; }

  /** The same object until something has changed. */
  get snapshot(): ViewStore['snapshot'] { return this.#store.snapshot; }

  /** Whether a turn is at work. */
  get isAtWork(): boolean { return this.#turn !== undefined; }

  /** Whether there is anything to go on with. */
  get hasSaid(): boolean { return this.session.messages.length > 0; }

  /** Whether anybody reads what is typed with `/`, `@` and `!`: the plugin `input` does. */
  get readsCommands(): boolean { return this.session.kernel.plugins.some(({ name, state }) => name === 'input' && state === 'active'); }

  get isLeaving(): boolean { return this.#code !== undefined; }

  get #view(): View { return this.#store.snapshot(); }

  /** Listens to the session, and sends what the person began with. */
  start(): void {
    const { session, setup } = this;
    session.sink = (event) => {
      this.#isTodoOld ||= event.type === 'history-changed' && event.plugin !== 'compaction';
      return this.#store.take(event);
    };
    if (this.#view.todo.length === 0 && isShortened(this.#past)) void this.#readTodo();
    session.asker = (question, signal) => this.#ask(question, signal);
    setup.onStray((error) => this.#onStray(error));
    for (const notice of setup.notices) this.say('warning', notice);
    const { signal } = setup.turn;
    const onEnd = (): void => this.leave(toPithError(signal.reason, 'INTERRUPTED').exitCode);
    if (signal.aborted) onEnd();
    else signal.addEventListener('abort', onEnd, { once: true });
    if (setup.first !== undefined) this.send(setup.first);
  }

  /** Begins a turn, or waits for the end of the one at work. */
  send({ text, attachments = [] }: ChatInput): void {
    if (this.isLeaving) return;
    if (this.isAtWork) {
      this.#queue = [...this.#queue, { id: ++this.#lastId, text, attachments }];
      this.#showQueue();
    } else {
      void this.#run({ text, attachments });
    }
  }

  /** The last of those that wait, for editing it. */
  takeBack(): ChatInput | undefined {
    const last = this.#queue.at(-1);
    if (last === undefined) return undefined;
    this.#queue = this.#queue.slice(0, -1);
    this.#showQueue();
    return last;
  }

  /** Stops the turn at work. @returns whether there was one */
  interrupt(): boolean {
    if (this.#turn === undefined) return false;
    this.#store.change(withStatus(this.#view, { phase: 'stopping' }));
    this.#turn.abort(new PithError('The turn was interrupted', { code: 'INTERRUPTED', hint: 'Say how to go on.' }));
    return true;
  }

  /** The answer to the question that is shown; to another one it is none. */
  answer(id: number, answer: Answer): void {
    if (this.#pending?.id === id) this.#pending.resolve(answer);
  }

  /** How calls are allowed from now on. What an administrator has ruled out is said. */
  setMode(mode: Mode): void {
    try {
      this.session.setMode(mode);
      this.#store.change(withStatus(this.#view, { mode: this.session.mode }));
    } catch (error) {
      this.#fail(error);
    }
  }

  nextMode(): void {
    this.setMode(this.#modes[(this.#modes.indexOf(this.#view.status.mode) + 1) % this.#modes.length]!);
  }

  /** A line of the front end's own, among what is said. */
  say(level: 'info' | 'warning' | 'error', text: string, hint?: string): void {
    this.#store.change(withItems(closeOpen(this.#view, this.#now()), this.#now(), { kind: 'notice', level, text, ...(hint === undefined ? {} : { hint }) }));
  }

  /** What a front end finds out about the place: the branch, the window of the model. */
  learn(facts: Partial<Pick<View['status'], 'branch' | 'windowTokens'>>): void {
    this.#store.change(withStatus(this.#view, facts));
  }

  /** What can be typed after a slash. */
  commands(options?: { signal?: AbortSignal }): Promise<readonly ListedCommand[]> {
    return this.session.slashCommands(options);
  }

  /** Everything that was said, from the beginning of the session on, also what `items` leaves out. Made when it is asked for. */
  transcript(): readonly Item[] {
    const { items, earlier, status: { cwd } } = this.#view;
    if (earlier === undefined) return items;
    return [...toItems(this.#past, { cwd, atMs: this.#startMs }), ...items.filter(({ id }) => id >= this.#firstId)];
  }

  /** What was said since the chat began, and how what was said before is read: as it was kept, also what was taken out to make room. */
  sitting(): { items: readonly Item[]; earlier?: () => Promise<readonly Item[]> } {
    const { items, earlier } = this.#view;
    return earlier === undefined ? { items } : { items: items.filter(({ id }) => id >= this.#firstId), earlier: () => this.#readEarlier() };
  }

  async #readEarlier(): Promise<readonly Item[]> {
    const { kernel, id, cwd } = this.session;
    const known = (): readonly Item[] => toItems(this.#past, { cwd, atMs: this.#startMs });
    try {
      const stored = await readStored((await kernel.service('sessions')).events(id), { cwd, untilMs: this.#startMs });
      return stored.length > 0 ? stored : known();
    } catch {
      return known(); // Nothing was kept, or it cannot be read: what the model is told of it is left.
    }
  }

  /** A question of the front end itself, while no turn is at work. */
  choose(question: Question): Promise<Answer> {
    return this.#ask(question, this.setup.turn.signal);
  }

  /** Ends the chat: a turn at work is stopped, and waited for. */
  leave(code: number = EXIT.ok): void {
    if (this.isLeaving) return;
    this.#code = code;
    this.#queue = [];
    this.#showQueue();
    if (!this.interrupt()) this.#onLeft(code);
  }

  async #run(input: ChatInput): Promise<void> {
    const turn = this.#turn = new AbortController();
    const { attachments = [], text } = input;
    const atMs = this.#now();
    this.#store.change(withStatus(withItems(this.#view, atMs, { kind: 'input', text, attachments: attachments.flatMap(toOther) }), { phase: 'starting', sinceMs: atMs }));
    try {
      await this.session.runTurn({ text, origin: 'person', ...(attachments.length === 0 ? {} : { attachments }) }, { ...this.setup.turn, signal: AbortSignal.any([this.setup.turn.signal, turn.signal]) });
    } catch (error) {
      this.#fail(error);
    }
    if (this.#isTodoOld) this.#renewTodo();
    this.#turn = undefined;
    const [next, ...rest] = this.#queue;
    if (next !== undefined && !this.isLeaving) {
      this.#queue = rest;
      void this.#run(next); // At once: nobody is told in between that nothing is at work.
      this.#showQueue();
      return;
    }
    this.#store.change(withStatus(this.#view, { phase: 'idle', sinceMs: undefined, retryAtMs: undefined }));
    if (this.#code !== undefined) this.#onLeft(this.#code);
  }

  /** After something was taken back, or brought again, the list is that of then. */
  #renewTodo(): void {
    this.#isTodoOld = false;
    const { messages } = this.session;
    const todo = findTodo(messages) ?? (isShortened(messages) ? this.#view.todo : []);
    if (JSON.stringify(todo) !== JSON.stringify(this.#view.todo)) this.#store.change({ ...this.#view, todo });
  }

  /** Where room was made the call that set the list may be gone from the conversation; the journal has it. */
  async #readTodo(): Promise<void> {
    const { kernel, id } = this.session;
    try {
      const todo = await readTodo((await kernel.service('sessions')).events(id));
      if (todo !== undefined && this.#view.todo.length === 0) this.#store.change({ ...this.#view, todo });
    } catch {
      // Nothing was kept, or it cannot be read: then there is no list to show.
    }
  }

  /** No turn could begin. Where none ever will, the chat is over. */
  #fail(error: unknown): void {
    const { message, hint, code, exitCode } = toPithError(error, 'TAP_THREW');
    this.say('error', message, hint);
    if (code === 'KERNEL_CLOSED') this.leave(exitCode);
  }

  /** Code outside of any hook has failed. What it did to the turn nobody knows, so that ends; the chat goes on. */
  #onStray(error: Error): void {
    const { message, hint } = toPithError(error, 'TAP_THREW');
    if (this.#turn === undefined) this.say('error', message, hint);
    else this.#turn.abort(error);
  }

  #ask(question: Question, signal: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const id = ++this.#lastId;
    const onAbort = (): void => reject(signal.reason as Error);
    this.#pending = { id, resolve };
    const { phase } = this.#view.status;
    this.#store.change(withStatus({ ...this.#view, question: { id, question } }, { phase: 'asking' }));
    signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => {
      signal.removeEventListener('abort', onAbort);
      this.#pending = undefined;
      this.#store.change(withStatus({ ...this.#view, question: undefined }, { phase: this.#view.status.phase === 'asking' ? phase : this.#view.status.phase }));
    });
  }

  #showQueue(): void {
    this.#store.change({ ...this.#view, queue: this.#queue.map(({ id, text, attachments = [] }) => ({ id, text, attachments: attachments.flatMap(toAttachment) })) });
  }
}
