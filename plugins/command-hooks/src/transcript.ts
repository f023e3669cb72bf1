import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Block, Message } from '@pith/kernel';
import { showCall } from './tool-view.ts';

/** The conversation as hooks read it: a line for each message, in the form that they were written for. It goes with the session. */
export class TranscriptFile {
  readonly path: string;
  readonly #folder: string;
  readonly #sessionId: string;
  readonly #cwd: string;
  #lines = 0;
  #last: Message | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataFolder: string, sessionId: string, cwd: string) {
    this.#folder = join(dataFolder, 'command-hooks');
    this.path = join(this.#folder, `${sessionId.replaceAll(/[^\w-]/g, '_')}.jsonl`);
    this.#sessionId = sessionId;
    this.#cwd = cwd;
  }

  /** Appends what was said since. */
  write(messages: readonly Message[] | undefined): Promise<void> {
    const writing = this.#writing.then(async () => {
      if (messages === undefined || (this.#lines > 0 && messages[this.#lines - 1] !== this.#last)) return;
      const fresh = messages.slice(this.#lines);
      if (fresh.length === 0 && this.#lines > 0) return;
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(this.path, fresh.map((message, index) => `${JSON.stringify(this.#toLine(message, this.#lines + index))}\n`).join(''), { mode: 0o600, flag: this.#lines === 0 ? 'w' : 'a' });
      this.#lines = messages.length;
      this.#last = messages.at(-1);
    });
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.path, { force: true });
  }

  #toLine({ role, content, id }: Message, index: number): object {
    const name = (line: number): string => `${this.#sessionId}-${line}`;
    return {
      type: role, uuid: name(index), parentUuid: index === 0 ? null : name(index - 1), sessionId: this.#sessionId, cwd: this.#cwd, isSidechain: false,
      message: { role, ...(id === undefined ? {} : { id }), content: content.flatMap((block) => toTheirs(block, this.#cwd)) },
    };
  }
}

function toTheirs(block: Block, cwd: string): object[] {
  switch (block.type) {
    case 'text': return [{ type: 'text', text: block.text }];
    case 'thinking': return [{ type: 'thinking', thinking: block.text }];
    case 'tool-call': {
      const shown = showCall({ name: block.name, input: block.input ?? {} }, { cwd })[0]?.[0];
      return [{ type: 'tool_use', id: block.id, name: shown?.name ?? block.name, input: shown?.input ?? {} }];
    }
    case 'tool-result': return [{ type: 'tool_result', tool_use_id: block.toolCallId, content: block.content.flatMap((part) => toTheirs(part, cwd)), ...(block.isError ? { is_error: true } : {}) }];
    default: return [{ type: block.type }];
  }
}
