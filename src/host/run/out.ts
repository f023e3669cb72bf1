/**
 * A stream that is written to as fast as its reader reads. A closed pipe is no error: it is told once, and what is
 * written afterwards goes nowhere. Any other failure (a full disk) is told, too, and kept.
 */
export class Out {
  readonly stream: NodeJS.WriteStream;
  closed = false;
  /** Why it closed, when it was not its reader who went. */
  failure: Error | undefined;
  readonly #onClose: (() => void)[] = [];
  #drained: Promise<void> | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    // oclif has a listener there that throws whatever is not EPIPE, before anybody else hears of it.
    stream.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
      if (this.closed) return;
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.failure = error;
      this.close();
    });
  }

  /** Its reader has gone, as is known before anything was written in vain. */
  close(): void {
    this.closed = true;
    for (const tell of this.#onClose.splice(0)) tell();
  }

  onClose(tell: () => void): void {
    this.#onClose.push(tell);
  }

  /** @returns a promise where the reader is behind */
  write(text: string): Promise<void> | undefined {
    if (this.closed || text === '') return undefined;
    if (this.stream.write(text)) return undefined;
    return this.#drained ??= new Promise<void>((resolve) => {
      const done = (): void => {
        this.stream.off('drain', done).off('close', done).off('error', done);
        this.#drained = undefined;
        resolve();
      };
      this.stream.on('drain', done).on('close', done).on('error', done);
    });
  }
}
