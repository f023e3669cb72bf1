import { escapeControl, type PithError } from '@pith/kernel';
import { voiceError } from './errors.ts';
import type { ProgramEnd } from './run-program.ts';

/** What recorders say where there is nothing to record with, or they may not. */
const NO_MICROPHONE = /no such (?:file|device|entity)|no soundcards|cannot (?:find|get) card|no default (?:audio|input)|can't open (?:input|device)|cannot open (?:audio|input)|audio open error|connection refused|device or resource busy|input\/output error|permission denied|not (?:permitted|authorized)/i;
const MICROPHONE_HINT = 'Plug one in, choose it as the default of the system, let the terminal use it, or name another recorder with the option record of the plugin voice.';

/** @param why in words, where the recorder has not said anything */
export function toRecorderError(name: string, { exitCode, signal, stderr, problem }: ProgramEnd, durationMs: number, why?: string): PithError {
  const shown = escapeControl(name);
  if (problem !== undefined) return voiceError(`The recorder ${shown} could not be started: ${escapeControl(problem)}`, 'VOICE_RECORDER_MISSING', 'Install it, or correct the option record of the plugin voice.');
  const said = lastLine(stderr);
  if (NO_MICROPHONE.test(stderr)) return voiceError(`The recorder ${shown} could use no microphone: ${said}`, 'VOICE_MICROPHONE', MICROPHONE_HINT);
  const how = why ?? (signal === null ? `it ended with ${exitCode}` : `it was ended by ${signal} after ${durationMs / 1000} s`);
  return voiceError(`The recorder ${shown} failed: ${how}${said === '' ? '' : `: ${said}`}`, 'VOICE_RECORDER_FAILED', 'Try it by itself, try again, or name another one with the option record of the plugin voice.');
}

/** @param isDead not even noise came */
export function silent(isDead: boolean, durationMs: number): PithError {
  const what = isDead ? `The microphone gave no sound at all in ${durationMs / 1000} s` : `Nothing in ${durationMs / 1000} s was loud enough to be speech`;
  return voiceError(what, 'VOICE_SILENT', isDead ? 'Look whether it is muted, and whether the terminal may use it.' : 'Speak closer to it, raise its level, or lower the option silenceDb of the plugin voice.');
}

export function lastLine(text: string): string {
  const [line = ''] = text.split('\n').filter((each) => each.trim() !== '').slice(-1);
  return escapeControl(line.trim()).slice(0, 300);
}
