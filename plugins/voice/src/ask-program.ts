import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandEnvironment } from '@pith/child';
import { type ContributionContext, escapeControl } from '@pith/kernel';
import { voiceError } from './errors.ts';
import { lastLine } from './recorder-error.ts';
import { fillIn, findPath, nameOf } from './recorders.ts';
import { runProgram } from './run-program.ts';

const TEXT_MAX_BYTES = 1024 * 1024;
const HINT = 'Try it by itself, or correct the option transcribe of the plugin voice.';

/**
 * Has a program of this machine transcribe a recording: WAV in, text out.
 * @throws PithError VOICE_TRANSCRIPTION_FAILED; the signal's reason
 */
export async function askProgram(wav: Uint8Array, { transcribe: [program = '', ...rest], timeoutMs }: { transcribe: readonly string[]; timeoutMs: number }, { env, childRules }: Pick<ContributionContext, 'env' | 'childRules'>, signal: AbortSignal): Promise<string> {
  const name = escapeControl(nameOf(program));
  const path = await findPath(program, env) ?? program; // That it is not there is said when it does not start.
  const folder = rest.some((part) => part.includes('{file}')) ? await mkdtemp(join(tmpdir(), 'pith-voice-')) : undefined;
  const flood = new AbortController();
  const late = AbortSignal.timeout(timeoutMs);
  const parts: Buffer[] = [];
  let size = 0;
  const onOutput = (bytes: Buffer): void => {
    size += bytes.length;
    if (size <= TEXT_MAX_BYTES) parts.push(bytes);
    else flood.abort();
  };
  try {
    const file = folder === undefined ? '' : join(folder, 'voice.wav');
    if (folder !== undefined) await writeFile(file, wav, { mode: 0o600 });
    const end = await runProgram({ argv: [path, ...fillIn(rest, { file })], env: commandEnvironment(env, {}, childRules), stop: AbortSignal.any([signal, late, flood.signal]), onOutput, ...(folder === undefined ? { input: wav } : {}) });
    signal.throwIfAborted();
    const failed = (how: string): Error => voiceError(`The program ${name} did not transcribe it: ${how}`, 'VOICE_TRANSCRIPTION_FAILED', HINT);
    if (end.problem !== undefined) throw failed(`it could not be started: ${escapeControl(end.problem)}`);
    if (flood.signal.aborted) throw failed(`it wrote more than ${TEXT_MAX_BYTES / 1024 / 1024} MiB`);
    if (late.aborted) throw failed(`it took longer than ${timeoutMs / 1000} s`);
    const said = lastLine(end.stderr);
    if (end.exitCode !== 0) throw failed(`it ended with ${end.exitCode ?? end.signal}${said === '' ? '' : `: ${said}`}`);
    return Buffer.concat(parts).toString('utf8');
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
