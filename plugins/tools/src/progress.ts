import { dropTornStart } from './output-buffer.ts';

/** Least time between two reports. */
const PERIOD_MS = 100;
/** Of what came in between, at most the last part is reported. */
const MAX_BYTES = 4096;

/** Reports output as it comes in, now and then. Each report holds what is new; of a flood the last of it. */
export class Progress {
  readonly #report: (text: string) => void;
  #pending: Buffer = Buffer.alloc(0);
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** A command that is over by then reports nothing. */
  #lastMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(report: (text: string) => void) {
    this.#report = report;
  }

  add(bytes: Buffer): void {
    const both = Buffer.concat([this.#pending, bytes.subarray(-MAX_BYTES)]);
    this.#pending = both.subarray(-MAX_BYTES);
    if (both.length > MAX_BYTES || bytes.length > MAX_BYTES) {
      this.#decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // Forgets a torn character, whose rest is gone.
      this.#pending = dropTornStart(this.#pending);
    }
    const waitMs = this.#lastMs + PERIOD_MS - performance.now();
    if (waitMs <= 0) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), waitMs);
  }

  /** No report comes after this; what is left is in the result. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #send(): void {
    this.#timer = undefined;
    this.#lastMs = performance.now();
    const text = this.#decoder.decode(this.#pending, { stream: true });
    this.#pending = Buffer.alloc(0);
    if (text !== '') this.#report(text);
  }
}
