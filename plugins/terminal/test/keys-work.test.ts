import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { KEYS, type Where } from '../src/keys.ts';
import { held, startInput, type StartedInput } from './start-input.ts';

const commands = definePlugin({ name: 'commands', slashCommands: [{ name: 'clear', summary: '', run: async () => '' }, { name: 'cost', summary: '', run: async () => '' }] });
/** The command whose list can be chosen from, and what is in it. */
const chooser = [
  definePlugin({ name: 'input', slashCommands: [{ name: 'resume', summary: '', run: async () => '' }] }),
  definePlugin({ name: 'store', services: { sessions: () => ({ list: async () => ['first', 'fourth', 'fifth'].map((title) => ({ id: title, title, cwd: '/', turns: 1, startedMs: 0, updatedMs: 0 })) }) as never } }),
];
const recorder = { prepare: async () => ({ recorder: 'r', transcriber: 't', seconds: 1 }), record: ({ stop, signal }: { stop: AbortSignal; signal: AbortSignal }) => new Promise((resolve, reject) => { stop.addEventListener('abort', () => (signal.aborted ? reject(signal.reason as Error) : resolve({ wav: new Uint8Array() }))); }), transcribe: async () => 'words' };
const voice = definePlugin({ name: 'voice', services: { voice: () => recorder } as never });

/** Two texts that were sent, and one that is written; the cursor in the middle. */
async function write(it: StartedInput): Promise<void> {
  for (const text of ['sent one', 'sent two']) {
    it.type(text);
    it.press('enter');
    await it.idle();
  }
  it.type('cut away one two');
  it.press('ctrl+w', 'ctrl+w', 'left', 'ctrl+w', 'ctrl+e');
  it.type('three /c');
  it.press('ctrl+j');
  it.type('four five');
  it.press('alt+b', 'left', 'left', 'left');
}

const PREPARE: Readonly<Record<Extract<Where, 'chat' | 'input' | 'empty' | 'completion' | 'picker' | 'search' | 'voice'>, (it: StartedInput) => Promise<void>>> = {
  chat: async () => undefined,
  input: write,
  empty: async () => undefined,
  completion: async (it) => {
    it.type('/c');
    await it.until(({ input }) => input.snapshot().menu !== undefined);
  },
  picker: async (it) => {
    it.type('/resume');
    it.press('escape', 'enter');
    await it.until(({ input }) => (input.snapshot().picker?.items.length ?? 0) > 1);
    it.type('f');
  },
  search: async (it) => {
    await write(it);
    it.press('ctrl+r');
    it.type('sent');
    it.press('ctrl+r', 'ctrl+r');
  },
  voice: async (it) => {
    it.press('ctrl+s');
    await it.until(({ input }) => input.snapshot().recording?.phase === 'recording');
  },
};
/** What an action needs besides. */
const FIRST: Readonly<Record<string, (it: StartedInput) => void>> = {
  'yank-earlier': (it) => it.press('ctrl+y'), redo: (it) => it.press('ctrl+_'), 'line-end': (it) => it.press('ctrl+a'), 'line-start': (it) => it.press('ctrl+e'), 'search-earlier': (it) => it.press('down'),
  complete: (it) => { it.press('ctrl+u'); it.press('ctrl+c'); it.type('/'); it.press('escape'); },
  'take-back': (it) => { it.type('work'); it.press('enter'); it.type('waits'); it.press('enter'); },
  up: (it) => it.press('alt+<'), down: (it) => it.press('up', 'up'),
};

describe('terminal: every key of the input', () => {
  let started: StartedInput | undefined;
  afterEach(async () => started?.close());
  const seen = ({ input, conversation, actions, notices, model }: StartedInput): string => JSON.stringify([{ ...input.snapshot(), editor: [input.snapshot().editor.text, input.snapshot().editor.cursor] }, conversation.snapshot().queue, actions, notices(), model.requests.length]);

  for (const { where, keys, action } of KEYS) {
    if (where === 'question' || where === 'pager') continue;
    it(`does what the help page says: ${action}, by ${keys.join(', ')}`, async () => {
      for (const key of keys) {
        const { step, release } = held();
        const it: StartedInput = started = await startInput({ plugins: [commands, voice, ...(where === 'picker' ? chooser : [])], env: { EDITOR: 'false', PATH: '/usr/bin:/bin' }, ...(action === 'take-back' ? { steps: [step] } : {}) });
        await PREPARE[where](it);
        FIRST[action]?.(it);
        if (action === 'complete') await it.until(({ input }) => input.snapshot().menu === undefined);
        const before = seen(it);

        if (key === 'any other key') it.type('x');
        else if (key.length === 1) it.type(key);
        else it.press(key);
        await it.until(() => seen(it) !== before);

        if (where === 'chat') assert.deepEqual(it.actions, [action]);
        release();
        await it.idle();
        await it.close();
        started = undefined;
      }
    });
  }
});
