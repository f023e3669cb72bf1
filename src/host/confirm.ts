import { createInterface } from 'node:readline';

export interface Confirm {
  /** Anything but a clear yes is a no, the end of the input too. */
  ask(question: string): Promise<boolean>;
  close(): void;
}

/** Asks one question after the other. What is typed ahead counts for the next one. */
export function createConfirm(input: NodeJS.ReadableStream = process.stdin, output: NodeJS.WritableStream = process.stderr): Confirm {
  const reader = createInterface({ input, output });
  const lines = reader[Symbol.asyncIterator]();
  let isOpen = true;
  reader.once('close', () => { isOpen = false; });
  return {
    ask: async (question) => {
      const prompt = `${question} [y/N] `;
      reader.setPrompt(prompt);
      // Its input may have ended with answers still waiting.
      if (isOpen) reader.prompt();
      else output.write(prompt);
      const { value, done } = await lines.next();
      return !done && /^y(?:es)?$/i.test(value.trim());
    },
    close: () => reader.close(),
  };
}
