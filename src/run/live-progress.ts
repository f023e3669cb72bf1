import { Listr, type ListrTask, ListrLogger, ProcessOutput } from 'listr2';
import type { TurnEvent } from '@pith/kernel';
import { describeCall, describeEnd } from './describe-call.ts';
import { createStyle, type Progress, type ProgressOptions, toNote } from './progress.ts';

interface Shown { title: string; done: Promise<void>; end: (error?: Error) => void }

/** At a terminal: the calls of one reply as a list whose entries spin until they end. Nothing else is written meanwhile. */
export async function createLiveProgress(options: ProgressOptions): Promise<Progress> {
  const style = await createStyle(options.color);
  const calls = new Map<string, Shown>();
  let list: Promise<unknown> | undefined;
  let waiting = '';
  const settle = async (): Promise<void> => {
    await list;
    list = undefined;
    const notes = waiting;
    waiting = '';
    await options.err.write(notes);
  };
  const show = (event: Extract<TurnEvent, { type: 'tool-start' }>): void => {
    const shown = createShown(describeCall(event, options.cwd));
    calls.set(event.callId, shown);
    const task: ListrTask = { title: shown.title, task: () => shown.done };
    const before = list ?? Promise.resolve();
    list = before.then(() => render([task], options.err.stream));
  };
  return {
    settle,
    sink: (event) => {
      if (event.type === 'tool-start') return show(event);
      if (event.type === 'tool-end') {
        const shown = calls.get(event.callId);
        calls.delete(event.callId);
        if (shown !== undefined) shown.end(event.status === 'done' ? undefined : new Error(describeEnd(event)));
        else if (event.status !== 'done') waiting += `${style('✗', 'bad')} ${event.tool} ${describeEnd(event)}\n`;
        return undefined;
      }
      waiting += toNote(event, options.verbose, style, (text) => `${text}\n`);
      if (event.type === 'text-delta' || event.type === 'model-start' || event.type === 'turn-end') return list === undefined && waiting === '' ? undefined : settle();
      return undefined;
    },
  };
}

function createShown(title: string): Shown {
  let end!: (error?: Error) => void;
  const done = new Promise<void>((resolve, reject) => { end = (error) => (error === undefined ? resolve() : reject(error)); });
  done.catch(() => undefined); // listr2 shows it; until it gets to it nobody else listens.
  return { title, done, end };
}

function render(tasks: ListrTask[], stream: NodeJS.WriteStream): Promise<unknown> {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream) });
  return new Listr(tasks, { concurrent: true, exitOnError: false, registerSignalListeners: false, renderer: 'default', rendererOptions: { logger, collapseErrors: false, formatOutput: 'truncate' } }).run();
}
