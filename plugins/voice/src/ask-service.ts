import { type ContributionContext, escapeControl, isPithError, PithError } from '@pith/kernel';
import { type FetchReply, guardedFetch } from '@pith/net';
import { redact } from '@pith/wire';
import { voiceError } from './errors.ts';
import { toMultipart } from './multipart.ts';
import type { VoiceOptions } from './options.ts';
import { findPlace, type ServicePlace } from './service-place.ts';

/** An hour of speech is a tenth of it. */
const REPLY_MAX_BYTES = 1024 * 1024;
const SAID_MAX = 400;

/**
 * Sends a recording to be transcribed, once: there is no second attempt.
 * @throws PithError VOICE_KEY_MISSING, VOICE_TRANSCRIPTION_FAILED, PROVIDER_*, NET_*; the signal's reason
 */
export async function askService(wav: Uint8Array, options: VoiceOptions, context: Pick<ContributionContext, 'env' | 'service'>, signal: AbortSignal): Promise<string> {
  const place = await findPlace(options, context);
  const { model, language, timeoutMs } = options;
  const { type, body } = toMultipart({ model, response_format: 'json', ...(language === undefined ? {} : { language }) }, { field: 'file', name: 'voice.wav', type: 'audio/wav', bytes: wav });
  const reply = await send(place, { type, body, timeoutMs, allowHttp: options.allowHttp, env: context.env, signal });
  if (reply.status < 200 || reply.status > 299) throw refused(reply, place);
  const text = readText(reply);
  if (text === undefined) throw voiceError(`${place.url.host} answered with something else than JSON with a text`, 'VOICE_TRANSCRIPTION_FAILED', 'Look whether the option baseUrl of the plugin voice ends where /audio/transcriptions follows, as in https://api.openai.com/v1');
  return text;
}

async function send({ url, key }: ServicePlace, { type, body, timeoutMs, allowHttp, env, signal }: { type: string; body: Uint8Array; signal: AbortSignal } & Pick<VoiceOptions, 'timeoutMs' | 'allowHttp'> & Pick<ContributionContext, 'env'>): Promise<FetchReply> {
  try {
    return await guardedFetch(`${url.href.replace(/\/$/, '')}/audio/transcriptions`, {
      method: 'POST', headers: { 'content-type': type, accept: 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) }, body,
      // A person named this host. It works in silence, so silence is no sign of its end.
      policy: { allowLoopback: true, allowHosts: [url.hostname], allowHttp }, maxBytes: REPLY_MAX_BYTES, timeoutMs, idleMs: timeoutMs, env, signal,
    });
  } catch (error) {
    if (!isPithError(error) || error.code !== 'NET_REFUSED') throw error;
    throw new PithError(error.message, { code: error.code, exitCode: error.exitCode, cause: error, hint: 'Use https, or set allowHttp of the plugin voice where the network on the way is yours.' });
  }
}

function readText({ truncated, text }: FetchReply): string | undefined {
  const said = truncated ? undefined : parse(text())?.['text'];
  return typeof said === 'string' ? said : undefined;
}

function refused(reply: FetchReply, { url, key, keyPlace }: ServicePlace): PithError {
  const { status } = reply;
  const said = escapeControl(redact(messageOf(reply.text()), key === undefined ? [] : [key]).replace(/\s+/g, ' ').trim()).slice(0, SAID_MAX);
  return voiceError(`${url.host} did not transcribe it (${status})${said === '' ? '' : `: ${said}`}`, 'VOICE_TRANSCRIPTION_FAILED', hintFor(status, keyPlace));
}

function hintFor(status: number, keyPlace: string): string {
  switch (true) {
    case status === 401 || status === 403: return `Check the key in ${keyPlace}.`;
    case status === 404 || status === 405: return 'Check the options baseUrl and model of the plugin voice.';
    case status === 413: return 'Speak shorter, or lower the option seconds of the plugin voice.';
    case status === 429: return 'Wait a while, or look what the account has left.';
    case status >= 500: return 'Try again later.';
    default: return 'Check the options model and language of the plugin voice.';
  }
}

/** `{ error: { message } }`, `{ error }`, `{ message }`, `{ detail }`; else nothing, since a page of HTML is none. */
function messageOf(text: string): string {
  const reply = parse(text);
  if (reply === undefined) return '';
  const { error, message, detail } = reply;
  const inner = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)['message'] : error;
  return [inner, message, detail].find((each) => typeof each === 'string') as string | undefined ?? '';
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : undefined;
  } catch {
    return undefined; // That it is no JSON is said by whoever needs it.
  }
}
