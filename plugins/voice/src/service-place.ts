import type { ContributionContext } from '@pith/kernel';
import { checkKey, parseBaseUrl, readStoredKey, storedKeyPlace } from '@pith/wire';
import { voiceError } from './errors.ts';
import type { VoiceOptions } from './options.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where recordings are sent, and with which key. */
export interface ServicePlace { url: URL; key: string | undefined; /** For sentences that say “the key in …”. */ keyPlace: string }

const OPENAI_URL = 'https://api.openai.com/v1';
export const KEY_VARIABLE = 'PITH_VOICE_API_KEY';

/** @throws PithError PROVIDER_ADDRESS_INVALID */
export function findUrl({ baseUrl }: Pick<VoiceOptions, 'baseUrl'>, env: Env): { url: URL; isOpenAi: boolean } {
  const openAi = parseBaseUrl(env['OPENAI_BASE_URL'] || OPENAI_URL, 'OPENAI_BASE_URL');
  const url = baseUrl === undefined ? openAi : parseBaseUrl(baseUrl, 'option baseUrl of plugin voice');
  return { url, isOpenAi: url.origin === openAi.origin };
}

/**
 * The plugin's own key, else that of OpenAI, which goes nowhere but where OpenAI's requests go.
 * @throws PithError VOICE_KEY_MISSING, PROVIDER_KEY_INVALID, PROVIDER_ADDRESS_INVALID, and as the vault does
 */
export async function findPlace(options: Pick<VoiceOptions, 'baseUrl'>, { env, service }: Pick<ContributionContext, 'env' | 'service'>): Promise<ServicePlace> {
  const { url, isOpenAi } = findUrl(options, env);
  for (const [name, variable] of [['voice', KEY_VARIABLE], ...isOpenAi ? [['openai', 'OPENAI_API_KEY']] as const : []] as const) {
    const own = checkKey(env[variable]?.trim() || undefined, variable);
    if (own !== undefined) return { url, key: own, keyPlace: variable };
    const kept = await readStoredKey(service, name);
    if (kept !== undefined) return { url, key: kept, keyPlace: storedKeyPlace(name) };
  }
  if (options.baseUrl === undefined && !env['OPENAI_BASE_URL']) {
    throw voiceError('The transcription by OpenAI needs a key, and there is none', 'VOICE_KEY_MISSING', `Keep one with: pith auth set openai. Or set OPENAI_API_KEY, or name a server of your own with the option baseUrl of the plugin voice, or a program with transcribe.`);
  }
  return { url, key: undefined, keyPlace: KEY_VARIABLE };
}
