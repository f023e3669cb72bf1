import { isAbsolute } from 'node:path';
import { describe } from '@pith/kernel';
import { type Check, isAddress, isFlag, isOptions, isText, toSchema } from '@pith/wire/options';

export interface VoiceOptions {
  /** A program with its arguments that writes WAV to its output, or to `{file}`; `{seconds}` is the longest time. Default: what is found. */
  record?: readonly string[];
  /** A program with its arguments that reads WAV from its input, or from `{file}`, and writes text; instead of an address. */
  transcribe?: readonly string[];
  /** Where `/audio/transcriptions` is asked for. Default: that of OpenAI. */
  baseUrl?: string;
  model: string;
  /** As `en`; default: it is recognised. */
  language?: string;
  /** The longest recording. */
  seconds: number;
  /** So much quiet after speech ends a recording; 0 is never. */
  silenceSeconds: number;
  /** What is quieter is silence, in dB below the loudest there is. */
  silenceDb: number;
  /** For a transcription. */
  timeoutMs: number;
  /** Plain http beyond this machine. */
  allowHttp: boolean;
}

const DEFAULTS = { model: 'whisper-1', seconds: 120, silenceSeconds: 3, silenceDb: -50, timeoutMs: 60_000, allowHttp: false };

/** Longer ones are more than services take. */
export const SECONDS_MAX = 600;

const isProgram: Check = (value, path) => {
  const wrong = (found: string) => [{ path, message: `expected a program and its arguments, as ["arecord", "-q"], found ${found}` }];
  if (!Array.isArray(value) || value.length === 0) return wrong(describe(value));
  const odd = value.findIndex((part) => typeof part !== 'string' || part.includes('\0'));
  if (odd >= 0) return wrong(`${describe(value[odd])} in it`);
  const [program] = value as string[];
  if (program === '' || (/[/\\]/.test(program!) && !isAbsolute(program!))) return [{ path, message: `expected the name of a program or its whole path, found ${describe(program)}` }];
  return [];
};

const isNumberIn = (min: number, max: number, isRight: (value: unknown) => boolean = Number.isFinite): Check => (value, path) =>
  isRight(value) && (value as number) >= min && (value as number) <= max ? [] : [{ path, message: `expected a ${isRight === Number.isFinite ? '' : 'whole '}number from ${min} to ${max}, found ${describe(value)}` }];

const isLanguage: Check = (value, path) => (typeof value === 'string' && /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(value) ? [] : [{ path, message: `expected a language as en or de, found ${describe(value)}` }]);

/** Checked by hand: a library for it would be loaded at every start. */
export const optionsSchema = toSchema<Partial<VoiceOptions>>(isOptions({
  record: isProgram, transcribe: isProgram, baseUrl: isAddress, model: isText, language: isLanguage,
  seconds: isNumberIn(1, SECONDS_MAX, Number.isSafeInteger), silenceSeconds: isNumberIn(0, 60), silenceDb: isNumberIn(-90, -1),
  timeoutMs: isNumberIn(1000, 600_000, Number.isSafeInteger), allowHttp: isFlag,
}));

export function optionsOf(given: unknown): VoiceOptions {
  return { ...DEFAULTS, ...given as Partial<VoiceOptions> | undefined };
}
