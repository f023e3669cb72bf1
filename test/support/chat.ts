import type { HeldModel } from './held-model.ts';
import { bin, conversation, createPlace, type Place } from './pith.ts';
import { createTerminal, type Terminal, type TerminalOptions } from './terminal.ts';

export interface Chat extends Terminal {
  /** The folder it works in, with its home beside it. */
  place: Place;
  /** Types a line, waits until it stands there, and sends it. */
  say(line: string): Promise<void>;
}

export interface ChatOptions extends Partial<Pick<TerminalOptions, 'columns' | 'rows' | 'name' | 'kitty' | 'recordFrames'>> {
  /** What the model says, in the form of the provider `scripted`. */
  replies?: readonly object[];
  /** A server that is the model, in the place of `replies`. */
  model?: HeldModel;
  /** Arguments besides; `--model` among them replaces the scripted one. */
  args?: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  /** Files of the folder, by their path. */
  files?: Readonly<Record<string, string>>;
  /** A place of the test's own, which the test removes. */
  place?: Place;
}

/** The built pith in a pseudo terminal, with a chat: an empty home, a temporary folder, a model that says what it is told. */
export async function startChat({ replies = [], model: held, args = [], env = {}, files = {}, place: given, ...options }: ChatOptions = {}): Promise<Chat> {
  const place = given ?? await createPlace();
  for (const [file, content] of Object.entries(files)) await place.write(file, content);
  const model = args.includes('--model') ? [] : held !== undefined ? ['--model', 'anthropic/claude-held'] : ['--model', await place.write('../conversation.json', conversation(...replies))];
  const terminal = createTerminal({ argv: [process.execPath, bin, 'chat', ...model, ...args], cwd: place.folder, env: { ...place.env, COLORTERM: 'truecolor', ...held?.env, ...env }, ...options });
  return {
    ...terminal, place,
    say: async (line) => {
      terminal.type(line);
      await terminal.until((text) => text.includes(line));
      terminal.press('enter');
    },
    dispose: async () => {
      await terminal.dispose();
      if (given === undefined) await place.remove();
    },
  };
}
