import { type ContributionContext, type Finding, isPithError } from '@pith/kernel';
import { findTranscriber } from './find-transcriber.ts';
import { optionsOf } from './options.ts';
import { chooseRecorder } from './recorders.ts';

/** Whether there is something to record with, and somebody to transcribe. Nothing is recorded, and nothing is sent. */
export async function examine(context: Pick<ContributionContext, 'options' | 'env' | 'service'>): Promise<readonly Finding[]> {
  const options = optionsOf(context.options);
  return Promise.all([
    find(async () => `${(await chooseRecorder(options.record, context)).name} records`),
    find(async () => {
      const { name, how } = await findTranscriber(options, context);
      return `${name} transcribes, ${how}`;
    }),
  ]);
}

async function find(look: () => Promise<string>): Promise<Finding> {
  try {
    return { level: 'ok', text: await look() };
  } catch (error) {
    if (!isPithError(error)) throw error;
    return { level: 'warning', text: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}
