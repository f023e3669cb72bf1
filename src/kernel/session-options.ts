import type { Asker, EventBody, Mode, Origin } from './event.ts';
import type { Block, Message, ModelOptions, SystemSection } from './message.ts';
import type { Sink } from './output/delivery.ts';
import type { Playback } from './replay/playback.ts';

export interface SessionOptions {
  id?: string;
  cwd: string;
  /** Folders that count as inside; links resolved. Default: only `cwd`. */
  roots?: readonly string[];
  mode?: Mode;
  provider?: string;
  model?: string;
  modelOptions?: ModelOptions;
  system?: readonly SystemSection[];
  /** What was said before, of a resumed session. */
  history?: readonly Message[];
  /** It was masked when it was kept, as by `sessions`: only values that are known are looked for in it. What is sent is looked through anyway. */
  historyIsKept?: boolean;
  sink?: Sink;
  asker?: Asker;
  /** Only `assemble` can be asked of it: no model is asked, nothing runs that does more than read, no observer hears of it. */
  preview?: boolean;
  /** A recorded sitting that is played again: then nothing reaches outside, and no observer hears of it. */
  playback?: Playback;
}

export interface TurnOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  maxSteps?: number;
  maxCostMicroUsd?: number;
}

export interface TurnInput { text: string; origin?: Origin; attachments?: readonly Block[]; verbatim?: true }

/** What `noticeOnce` takes. */
export type Notice = Omit<Extract<EventBody, { type: 'notice' }>, 'type'>;
