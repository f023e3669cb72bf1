import type { ContributionContext } from '@pith/kernel';
import { voiceError } from './errors.ts';
import type { VoiceOptions } from './options.ts';
import { findPath, nameOf } from './recorders.ts';
import { findPlace } from './service-place.ts';

/**
 * Who would transcribe, and how, in words. Nothing is sent.
 * @throws PithError VOICE_TRANSCRIPTION_FAILED where a program is not there, and as `findPlace`
 */
export async function findTranscriber(options: Pick<VoiceOptions, 'transcribe' | 'baseUrl'>, context: Pick<ContributionContext, 'env' | 'service'>): Promise<{ name: string; how: string }> {
  if (options.transcribe === undefined) {
    const { url, key, keyPlace } = await findPlace(options, context);
    return { name: url.host, how: key === undefined ? 'without a key' : `with the key in ${keyPlace}` };
  }
  const [program = ''] = options.transcribe;
  if (await findPath(program, context.env) !== undefined) return { name: nameOf(program), how: 'on this machine' };
  throw voiceError(`The program ${nameOf(program)}, which is to transcribe, was not found on the search path`, 'VOICE_TRANSCRIPTION_FAILED', 'Install it, or correct the option transcribe of the plugin voice.');
}
