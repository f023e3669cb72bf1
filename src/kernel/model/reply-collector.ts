import { isPithError, toErrorReport } from '../errors.ts';
import { isLimits } from './model-event.ts';
import type { Block, ModelEvent, RateLimits, Reply, Usage } from '../message.ts';

type Open = { type: 'text' | 'thinking'; parts: string[] } | { type: 'tool'; id: string; name: string; parts: string[] };

/** Keeps what arrived of one reply, so that an end without its final event loses nothing of what was shown. */
export class ReplyCollector {
  account: string | undefined;
  costMicroUsd: number | null | undefined;
  hasArrived = false;
  #limits: RateLimits | undefined;
  #end: Reply | undefined;
  #usage: Usage | null = null;
  #start: { id: string | null; model: string | null } = { id: null, model: null };
  /** Finished blocks and deltas of unfinished ones, by index. */
  readonly #blocks = new Map<number, Block>();
  readonly #open = new Map<number, Open>();

  take(event: ModelEvent): void {
    this.hasArrived = true;
    if (event.usage !== undefined) this.#usage = event.usage;
    if (event.limits !== undefined) this.#limits = event.limits;
    switch (event.type) {
      case 'start': this.#start = { id: event.id, model: event.model }; break;
      case 'text-delta': this.#part(event.index, 'text', event.text); break;
      case 'thinking-delta': this.#part(event.index, 'thinking', event.text); break;
      case 'tool-input-delta': {
        const open = this.#open.get(event.index);
        if (open === undefined) this.#open.set(event.index, { type: 'tool', id: event.id, name: event.name, parts: [event.json] });
        else open.parts.push(event.json);
        break;
      }
      case 'block': this.#open.delete(event.index); this.#blocks.set(event.index, event.block); break;
      case 'end': this.#end = event.reply; this.account = event.account; this.costMicroUsd = event.costMicroUsd; break;
      default: break; // Unknown events are skipped, never fatal.
    }
  }

  reply(failure: unknown): Reply {
    if (this.#end !== undefined) return this.#end.usage === null && this.#usage !== null ? { ...this.#end, usage: this.#usage } : this.#end;
    return {
      status: failure === undefined ? 'truncated' : 'error', ...this.#start, stop: null,
      ...(failure === undefined ? {} : toReplyError(failure)),
      blocks: this.#arrived(), usage: this.#usage,
    };
  }

  /** Of the answer that came, else of the one that was a failure. */
  limits(failure: unknown): RateLimits | undefined {
    const told = this.#limits ?? (isPithError(failure) ? failure.details?.['limits'] : undefined);
    return isLimits(told) ? told : undefined;
  }

  #arrived(): Block[] {
    const blocks = new Map<number, Block>(this.#blocks);
    for (const [index, open] of this.#open) {
      const text = open.parts.join('');
      blocks.set(index, open.type === 'tool' ? { type: 'tool-call', id: open.id, name: open.name, input: undefined, complete: false, raw: text } : { type: open.type, text });
    }
    return [...blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
  }

  #part(index: number, type: 'text' | 'thinking', text: string): void {
    const open = this.#open.get(index);
    if (open === undefined) this.#open.set(index, { type, parts: [text] });
    else open.parts.push(text);
  }
}

/** The vendor's own word and sentence where the provider kept them, ours otherwise. */
function toReplyError(failure: unknown): Pick<Reply, 'error' | 'retryAfterS'> {
  const { code, message, details = {} } = toErrorReport(failure);
  const { type, vendorMessage, retryAfterS } = details;
  return {
    error: { type: typeof type === 'string' ? type : code, message: typeof vendorMessage === 'string' ? vendorMessage : message },
    ...(typeof retryAfterS === 'number' ? { retryAfterS } : {}),
  };
}
