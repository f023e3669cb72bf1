import { isPithError, PithError, toMessage } from '../errors.ts';
import type { EventBody, EventStamp, TurnEvent } from '../event.ts';
import { isThenable } from '../frame.ts';
import { deepFreeze } from '../base/freeze.ts';
import type { Observers } from './output.ts';
import type { Outside, OutsideBody } from '../replay/tape.ts';
import type { Trace } from '../trace.ts';

/** Takes every event of a session, in order. A promise slows the turn down to the reader's speed. */
export type Sink = (event: TurnEvent) => void | Promise<void>;

export type Stamp = Omit<EventStamp, 'seq' | 'atMs'>;

/** Where an event goes. */
export interface Outlet {
  observers: Pick<Observers, 'keep' | 'show' | 'isRecording'>;
  sink: Sink | undefined;
  trace: Trace | undefined;
  /** Makes another event of one that could not be kept. */
  amend?: ((error: unknown) => EventBody) | undefined;
  /** More is to follow at once, before anybody waits for this event. */
  mayWait?: boolean | undefined;
  /** A replay does not make this event by itself. */
  isForeign?: boolean | undefined;
}

/** What a session hands its events to: those who hear them, or a replay that compares them with those of then. */
export type Flow = Pick<Delivery, 'emit' | 'flush' | 'keep' | 'count'>;

const NOTHING: readonly Outside[] = Object.freeze([]);

/**
 * The events of one session, in one order for everybody: first to the durable observers, and when they have kept what
 * they must keep, to all others and to the sink. So nobody is shown what a crash could take back.
 */
export class Delivery {
  readonly #now: () => number;
  #seq = 0;
  /** What came from outside since the last event. */
  #outside: Outside[] = [];
  /** Set while observers or the sink are being called: what they emit comes after the event they have in hand. */
  #isBusy = false;
  readonly #nested: [EventBody, Stamp, Outlet][] = [];
  /** Settles when the event before has been shown; set while somebody must be waited for. */
  #tail: Promise<void> | undefined;
  #failed: { sink: Sink; error: PithError } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many events there were so far. */
  get count(): number { return this.#seq; }

  /** Hands something that came from outside to those who record, with the next event. */
  keep(body: OutsideBody, at = this.#seq): void {
    this.#outside.push({ ...body, at });
  }

  /** @returns a promise where the caller must wait; it rejects when the event could not be kept, or the sink has failed */
  emit(body: EventBody, stamp: Stamp, outlet: Outlet): Promise<void> | undefined {
    if (this.#isBusy) {
      this.#nested.push([body, stamp, outlet]);
      return undefined;
    }
    const head = { seq: this.#seq++, atMs: this.#now(), ...stamp };
    const event = deepFreeze({ ...body, ...head }) as TurnEvent;
    const kept = this.#call(() => outlet.observers.keep(event, outlet.trace, this.#takeOutside(outlet, head.seq), outlet.mayWait));
    const shown = kept === undefined && this.#tail === undefined ? this.#show(event, outlet) : this.#showLater(event, { kept, before: this.#tail, outlet, head });
    if (shown !== undefined) {
      // Not everybody waits for every event; who does, learns of the failure.
      const tail: Promise<void> = shown.catch(() => undefined).then(() => { if (this.#tail === tail) this.#tail = undefined; });
      this.#tail = tail;
    }
    this.#emitNested();
    return shown;
  }

  /** Settles when everything emitted so far has been shown. */
  async flush(): Promise<void> {
    while (this.#tail !== undefined) await this.#tail;
  }

  async #showLater(event: TurnEvent, { kept, before, outlet, head }: { kept: Promise<void> | undefined; before: Promise<void> | undefined; outlet: Outlet; head: EventStamp }): Promise<void> {
    let lost: { error: unknown } | undefined;
    try {
      await kept;
    } catch (error) {
      lost = { error };
    }
    await before;
    const told = lost === undefined ? event : deepFreeze({ ...(outlet.amend?.(lost.error) ?? notKept(event)), ...head }) as TurnEvent;
    const shown = this.#show(told, outlet);
    this.#emitNested();
    await shown;
    if (lost !== undefined) throw lost.error;
  }

  #show(event: TurnEvent, { observers, sink, trace }: Outlet): Promise<void> | undefined {
    return this.#call(() => {
      observers.show(event, trace);
      return sink === undefined ? undefined : this.#sink(sink, event);
    });
  }

  /** A sink that has failed once is not called again. */
  #sink(sink: Sink, event: TurnEvent): Promise<void> | undefined {
    if (this.#failed?.sink === sink) return Promise.reject(this.#failed.error);
    try {
      const given = sink(event);
      return isThenable(given) ? Promise.resolve(given).catch((error: unknown) => { throw this.#fail(sink, error); }) : undefined;
    } catch (error) {
      return Promise.reject(this.#fail(sink, error));
    }
  }

  #fail(sink: Sink, cause: unknown): PithError {
    const error = isPithError(cause) ? cause : new PithError(`The events could not be handed on: ${toMessage(cause)}`, { code: 'SINK_FAILED', cause });
    this.#failed = { sink, error };
    return error;
  }

  #takeOutside({ observers, isForeign }: Outlet, at: number): readonly Outside[] {
    if (this.#outside.length === 0 && !isForeign) return NOTHING;
    const outside = this.#outside;
    this.#outside = [];
    if (isForeign && observers.isRecording) outside.push({ kind: 'event', at });
    return outside;
  }

  #call<T>(work: () => T): T {
    this.#isBusy = true;
    try {
      return work();
    } finally {
      this.#isBusy = false;
    }
  }

  #emitNested(): void {
    for (let next = this.#nested.shift(); next !== undefined; next = this.#nested.shift()) void this.emit(...next);
  }
}

/** Stands in the place of what nobody is shown, since nobody would find it again. Why that is says the end of the turn. */
function notKept({ type }: TurnEvent): EventBody {
  return { type: 'notice', level: 'warning', code: 'OBSERVER_FAILED', text: `An event could not be kept, so the turn ends here: ${type}` };
}
