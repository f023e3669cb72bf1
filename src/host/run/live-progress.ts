import { Listr, ListrDefaultRendererLogLevels, ListrLogger, type ListrTask, ProcessOutput } from 'listr2';
import type { TurnEvent } from '@pith/kernel';
import { describeCall, describeEnd } from './describe-call.ts';
import { createStyle, joinStages, type Progress, type ProgressOptions, toNote } from './progress.ts';

/** A call in the list. `leave` takes it out of the list while it runs on. */
interface Shown { title: string; left: boolean; done: Promise<void>; end: (error?: Error) => void; leave: () => void }

/** At a terminal: the calls of one reply as a list whose entries spin until they end. Nothing else is written meanwhile. */
export async function createLiveProgress(options: ProgressOptions): Promise<Progress> {
  const style = await createStyle(options.color);
  const calls = new Map<string, Shown>();
  let list: Promise<unknown> | undefined;
  let waiting = '';
  /** Somebody else has the terminal: what begins meanwhile is shown afterwards. */
  let paused: Promise<void> | undefined;
  const settle = async (): Promise<void> => {
    const shown = list;
    await shown;
    if (list === shown) list = undefined; // A call may have begun meanwhile.
    const notes = waiting;
    waiting = '';
    await options.err.write(notes);
  };
  const show = (event: Extract<TurnEvent, { type: 'tool-start' }>): void => {
    const shown = createShown(describeCall(event, options.cwd));
    calls.set(event.callId, shown);
    list = Promise.all([list, paused]).then(() => render([toTask(shown)], options.err.stream));
  };
  return {
    settle,
    pause: async () => {
      // The call that asks may be one of those that are shown, so they cannot be waited for.
      for (const shown of calls.values()) shown.leave();
      const { promise, resolve } = Promise.withResolvers<void>();
      paused = promise;
      await settle();
      return () => {
        paused = undefined;
        resolve();
      };
    },
    sink: joinStages((event) => {
      if (event.type === 'tool-start') return show(event);
      if (event.type === 'tool-end') {
        const shown = calls.get(event.callId);
        calls.delete(event.callId);
        if (shown !== undefined && !shown.left) shown.end(event.status === 'done' ? undefined : new Error(describeEnd(event)));
        else if (event.status !== 'done') waiting += `${style('✗', 'bad')} ${event.tool} ${describeEnd(event)}\n`;
        return undefined;
      }
      waiting += toNote(event, options.verbose, style, (text) => `${text}\n`);
      const isPlace = event.type === 'text-delta' || event.type === 'model-start' || event.type === 'turn-end';
      return !isPlace || paused !== undefined || (list === undefined && waiting === '') ? undefined : settle();
    }),
  };
}

function createShown(title: string): Shown {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  done.catch(() => undefined); // listr2 shows it; until it gets to it nobody else listens.
  return {
    title, done, left: false,
    end: (error) => (error === undefined ? resolve() : reject(error)),
    leave() {
      this.left = true;
      resolve();
    },
  };
}

function toTask(shown: Shown): ListrTask {
  return {
    title: shown.title,
    task: async (_, task) => {
      await shown.done;
      if (shown.left) task.skip();
    },
  };
}

function render(tasks: ListrTask[], stream: NodeJS.WriteStream): Promise<unknown> {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream) });
  const rendererOptions = { logger, collapseErrors: false, formatOutput: 'truncate', icon: { [ListrDefaultRendererLogLevels.SKIPPED_WITH_COLLAPSE]: '›' } } as const;
  return new Listr(tasks, { concurrent: true, exitOnError: false, registerSignalListeners: false, renderer: 'default', rendererOptions }).run();
}
