import { createTestKernel, testModel, type TestKernel, type TestModel, type ScriptStep } from '@pith/kernel/testing';
import { createTheme, textOf } from '@pith/screen';
import type { KernelOptions, ModelEvent } from '@pith/kernel';
import { layoutArea } from '../src/input/area-lines.ts';
import { InputModel } from '../src/input/input-model.ts';
import type { InputOptions } from '../src/input/input-state.ts';
import { Conversation } from '../src/conversation.ts';
import type { Action } from '../src/keys.ts';

export interface StartedInput extends TestKernel {
  input: InputModel;
  conversation: Conversation;
  model: TestModel;
  /** What the input handed on. */
  actions: Action[];
  /** Types text, a character at a time. */
  type(text: string): void;
  /** Presses keys by their names. */
  press(...keys: string[]): void;
  /** The text as it is written, labels in the place of what is attached, `|` at the cursor. */
  written(): string;
  /** What is on the screen. */
  screen(size?: { width?: number; rows?: number }): string[];
  /** Waits until what is on the screen is so. */
  until(wanted: (started: StartedInput) => boolean): Promise<void>;
  /** Waits until no turn is at work. */
  idle(): Promise<void>;
  /** What the front end has said by itself. */
  notices(): string[];
}

/** A PNG of 2 by 3 points, as far as anybody looks. */
export const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000002000000030802000000', 'hex');

export const theme = createTheme({ level: 0, background: 'dark', words: false, unicode: true, links: false });

/** An input line without a terminal, over a real kernel. */
export async function startInput({ steps = [], env = {}, options = {}, ...kernelOptions }: { steps?: readonly ScriptStep[]; env?: Record<string, string>; options?: InputOptions; folder?: string } & Partial<KernelOptions> = {}): Promise<StartedInput> {
  const model = testModel(steps);
  const test = await createTestKernel({ ...kernelOptions, env, plugins: [model.plugin, ...kernelOptions.plugins ?? []] });
  const conversation = new Conversation({ session: test.session, turn: { signal: new AbortController().signal }, notices: [], stdin: process.stdin, stdout: process.stdout, env, version: '0', onStray: () => undefined });
  conversation.start();
  const input = new InputModel(conversation, options);
  await input.ready;
  const actions: Action[] = [];
  const press = (each: Parameters<InputModel['press']>[0]): void => {
    const action = input.press(each, (work) => work());
    if (action !== undefined) actions.push(action);
  };
  const started: StartedInput = {
    ...test, input, conversation, model, actions,
    type: (text) => { for (const character of text) press({ text: character }); },
    press: (...keys) => { for (const key of keys) press({ key }); },
    written: () => {
      const { text, cursor } = input.snapshot().editor;
      return `${input.units.toText(text.slice(0, cursor))}|${input.units.toText(text.slice(cursor))}`;
    },
    screen: ({ width = 60, rows = 10 } = {}) => layoutArea(input.snapshot(), { width, rows, top: 0, theme, show: input.show }).lines.map(textOf),
    until: (wanted) => changed([input, conversation], () => wanted(started)),
    idle: async () => {
      const isIdle = (): boolean => !conversation.isAtWork && conversation.snapshot().queue.length === 0;
      // Between a message that waited and its turn nothing is at work, for the moment in which it is told.
      do await changed([conversation], isIdle); while (!isIdle());
    },
    notices: () => conversation.snapshot().items.flatMap((item) => (item.kind === 'notice' ? [item.text] : [])),
    close: async () => {
      input.close();
      await test.close();
    },
  };
  return started;
}

/** A step of the model that takes until it is let go. */
export function held(): { step: ScriptStep; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const step = async function* (): AsyncGenerator<ModelEvent> {
    await promise;
    yield { type: 'end', reply: { status: 'complete', id: null, model: null, stop: null, blocks: [{ type: 'text', text: 'done' }], usage: null } };
  };
  return { step, release: resolve };
}

async function changed(stores: readonly { subscribe(listener: () => void): () => void }[], isSo: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => { if (isSo()) resolve(); };
  const stops = stores.map((store) => store.subscribe(look));
  look();
  await promise;
  for (const stop of stops) stop();
}
