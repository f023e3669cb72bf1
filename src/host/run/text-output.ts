import { escapeControl, type Sink, type TurnEvent, type TurnResult } from '@pith/kernel';
import type { Out } from './out.ts';

export interface Answer {
  sink: Sink;
  /** Writes what is still to be written of the answer. */
  end(result: TurnResult): Promise<void>;
}

/** At a terminal, or where asked for: everything the model says, as it says it. */
export function createStreamedAnswer(out: Out, { escape }: { escape: boolean }): Answer {
  let open = false;
  const write = (text: string): Promise<void> | undefined => out.write(escape ? escapeControl(text.replaceAll('\r\n', '\n'), { lines: true }) : text);
  const endLine = (): Promise<void> | undefined => {
    if (!open) return undefined;
    open = false;
    return out.write('\n');
  };
  return {
    sink: (event: TurnEvent) => {
      if (event.parentRunId !== undefined) return undefined;
      if (event.type === 'text-delta' && event.text !== '') {
        open = !event.text.endsWith('\n');
        return write(event.text);
      }
      return event.type === 'model-end' ? endLine() : undefined;
    },
    end: async ({ text, reply }) => {
      await endLine();
      if (reply === null && text !== null) await write(`${escape ? await fitAnswer(text, out) : text}\n`); // A command answered, not the model.
    },
  };
}

/** What a command answered is wrapped between words, as wide as the terminal is. */
async function fitAnswer(text: string, { stream }: Out): Promise<string> {
  const { createTheme, layoutAnswer, textOf, toThemeOptions } = await import('@pith/screen');
  const theme = createTheme(toThemeOptions(process.env, { isTerminal: false, platform: process.platform }));
  return layoutAnswer(text, { width: stream.columns || 80, theme }).map(textOf).join('\n');
}

/** For pipes and files: the final answer and nothing else, so that a script reads just that. */
export function createFinalAnswer(out: Out): Answer {
  return {
    sink: () => undefined,
    end: async ({ text }) => {
      if (text !== null && text !== '') await out.write(text.endsWith('\n') ? text : `${text}\n`);
    },
  };
}
