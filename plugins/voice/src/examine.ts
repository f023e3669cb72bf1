import { type ContributionContext, type Finding, isPithError } from '@pith/kernel';
import { nameOf, chooseRecorder, findPath } from './recorders.ts';
import { optionsOf, type VoiceOptions } from './options.ts';
import { findPlace } from './service-place.ts';

type Context = Pick<ContributionContext, 'options' | 'env' | 'service'>;

/** Whether there is something to record with, and somebody to transcribe. Nothing is recorded, and nothing is sent. */
export async function examine(context: Context): Promise<readonly Finding[]> {
  const options = optionsOf(context.options);
  return Promise.all([
    find(async () => ({ level: 'ok', text: `${(await chooseRecorder(options.record, context)).name} records` })),
    find(() => findTranscriber(options, context)),
  ]);
}

async function find(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (!isPithError(error)) throw error;
    return { level: 'warning', text: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

async function findTranscriber(options: VoiceOptions, context: Context): Promise<Finding> {
  if (options.transcribe === undefined) {
    const { url, key, keyPlace } = await findPlace(options, context);
    return { level: 'ok', text: `${url.host} transcribes, ${key === undefined ? 'without a key' : `with the key in ${keyPlace}`}` };
  }
  const [program = ''] = options.transcribe;
  if (await findPath(program, context.env) !== undefined) return { level: 'ok', text: `${nameOf(program)} transcribes, on this machine` };
  return { level: 'warning', text: `${nameOf(program)} is to transcribe, and was not found on the search path`, hint: 'Install it, or correct the option transcribe of the plugin voice.' };
}
