import { isAbsolute } from 'node:path';
import { defineOptions, describe, isFlag, isName, isWhole, must, type OptionCheck } from '@pith/kernel';
import { isAddress } from '@pith/wire/options';

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

const isProgram: OptionCheck = (given, path) => {
  const wrong = (found: string) => [{ path, message: `must be a program and its arguments, as ["arecord", "-q"]; found ${found}` }];
  if (!Array.isArray(given) || given.length === 0) return wrong(describe(given));
  const odd = given.findIndex((part) => typeof part !== 'string' || part.includes('\0'));
  if (odd >= 0) return wrong(`${describe(given[odd])} in it`);
  const [program] = given as string[];
  if (program === '' || (/[/\\]/.test(program!) && !isAbsolute(program!))) return [{ path, message: `must be the name of a program or its whole path; found ${describe(program)}` }];
  return [];
};

const isNumber = (least: number, most: number): OptionCheck => must(`a number from ${least} to ${most}`, (given) => typeof given === 'number' && given >= least && given <= most);

const isLanguage = must('a language as en or de', (given) => typeof given === 'string' && /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(given));

export const optionsSchema = defineOptions<Partial<VoiceOptions>>({
  record: isProgram, transcribe: isProgram, baseUrl: isAddress, model: isName, language: isLanguage,
  seconds: isWhole(1, SECONDS_MAX), silenceSeconds: isNumber(0, 60), silenceDb: isNumber(-90, -1), timeoutMs: isWhole(1000, 600_000), allowHttp: isFlag,
});

export function optionsOf(given: unknown): VoiceOptions {
  return { ...DEFAULTS, ...given as Partial<VoiceOptions> | undefined };
}
