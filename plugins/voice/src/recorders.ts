import { basename } from 'node:path';
import { findProgram } from '@pith/child';
import { voiceError } from './errors.ts';
import { FORMAT } from './wav.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A program that records. */
export interface Recorder {
  /** As people call it. */
  name: string;
  /** Its whole path, and what stands behind it. */
  argv: readonly string[];
}

const RATE = String(FORMAT.rate);
const SOX_OUTPUT = ['-t', 'wav', '-r', RATE, '-c', '1', '-b', '16', '-e', 'signed-integer', '-', 'trim', '0', '{seconds}'];
const FFMPEG_OUTPUT = ['-t', '{seconds}', '-ac', '1', '-ar', RATE, '-c:a', 'pcm_s16le', '-f', 'wav', 'pipe:1'];
const ffmpeg = (...input: string[]): string[] => ['ffmpeg', '-hide_banner', '-loglevel', 'error', '-nostdin', ...input, ...FFMPEG_OUTPUT];

const ARECORD = ['arecord', '-q', '-t', 'wav', '-f', 'S16_LE', '-r', RATE, '-c', '1', '-d', '{seconds}'];
const SOX = ['sox', '-q', '-d', ...SOX_OUTPUT];

/** What is looked for, the first that is there is taken. */
const KNOWN: Readonly<Partial<Record<NodeJS.Platform, readonly (readonly string[])[]>>> = {
  linux: [ARECORD, SOX, ffmpeg('-f', 'alsa', '-i', 'default')],
  darwin: [SOX, ffmpeg('-f', 'avfoundation', '-i', ':default')],
  // ffmpeg must be told the microphone's own name there.
  win32: [['sox', '-q', '-t', 'waveaudio', 'default', ...SOX_OUTPUT]],
};
const INSTALL: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'Install one: apt install alsa-utils (or dnf, pacman), or sox, or ffmpeg.', darwin: 'Install one: brew install sox, or ffmpeg.', win32: 'Install one: winget install ChrisBagwell.SoX.',
};

/**
 * The recorder of the option, else the first that this machine has.
 * @throws PithError VOICE_RECORDER_MISSING
 */
export async function chooseRecorder(record: readonly string[] | undefined, { env, platform = process.platform }: { env: Env; platform?: NodeJS.Platform }): Promise<Recorder> {
  const known = record === undefined ? KNOWN[platform] ?? KNOWN.linux! : [record];
  for (const [program = '', ...rest] of known) {
    const path = await findPath(program, env);
    if (path !== undefined) return { name: nameOf(program), argv: [path, ...rest] };
  }
  if (record !== undefined) throw voiceError(`The recorder ${nameOf(record[0]!)} was not found on the search path`, 'VOICE_RECORDER_MISSING', 'Install it, or correct the option record of the plugin voice.');
  throw voiceError(`There is no program to record with: looked for ${known.map(([program]) => program).join(', ')}`, 'VOICE_RECORDER_MISSING', `${INSTALL[platform] ?? INSTALL.linux} Another one is named by the option record of the plugin voice.`);
}

/** @returns nothing where it is not there; whether a whole path is, its start tells */
export async function findPath(program: string, env: Env): Promise<string | undefined> {
  return /[/\\]/.test(program) ? program : findProgram(program.replace(/\.exe$/i, ''), env);
}

export function nameOf(program: string): string {
  return basename(program).replace(/\.exe$/i, '');
}

export function fillIn(argv: readonly string[], values: Readonly<Record<string, string>>): string[] {
  return argv.map((part) => part.replaceAll(/\{(seconds|file)\}/g, (all, name: string) => values[name] ?? all));
}
