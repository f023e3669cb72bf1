import { execa } from 'execa';
import { findProgram } from '@pith/child';
import { bubblewrapArgv } from './bubblewrap.ts';

/** What there is to confine commands with, or why there is nothing. */
export type Found = { kind: 'bubblewrap'; bwrap: string; socat: string | undefined } | { kind: 'seatbelt' } | { kind: 'none'; missing: string; hint: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** A sandbox that does not start within this is none. */
const PROBE_MS = 5000;
const INSTALL = 'Debian and Ubuntu: sudo apt-get install bubblewrap socat. Fedora: sudo dnf install bubblewrap socat.';

/** Starts one, as the commands will be started: that the program is there says nothing of whether this system lets it work. */
export async function findSandbox(env: Environment, filter: string | undefined): Promise<Found> {
  if (process.platform === 'darwin') return findSeatbelt(env);
  if (process.platform !== 'linux') return { kind: 'none', missing: `there is none for ${process.platform}`, hint: 'On Windows run pith within WSL 2.' };
  if (filter === undefined) return { kind: 'none', missing: `its filter of system calls is not made for ${process.arch}`, hint: 'It is for x64 and arm64.' };
  const bwrap = await findProgram('bwrap', env);
  if (bwrap === undefined) return { kind: 'none', missing: 'bubblewrap (bwrap) is not installed', hint: INSTALL };
  const [file = '', ...rest] = bubblewrapArgv(['/bin/sh', '-c', ':'], { writable: [], readOnly: [], pinned: [], hidden: [] }, { bwrap, filter, empty: '/dev/null' });
  const { failed, stderr, shortMessage = '' } = await execa(file, rest, { reject: false, timeout: PROBE_MS, stdin: 'ignore', env: { PATH: env['PATH'] ?? '' }, extendEnv: false, cwd: '/' });
  if (!failed) return { kind: 'bubblewrap', bwrap, socat: await findProgram('socat', env) };
  const said = stderr.trim().split('\n', 1)[0];
  return {
    kind: 'none',
    missing: `bubblewrap cannot work here: ${said === undefined || said === '' ? shortMessage : said}`,
    hint: 'It needs user namespaces. Ubuntu 24.04: allow them to bwrap with an AppArmor profile. In a container: run it with --security-opt seccomp=unconfined, or do without.',
  };
}

async function findSeatbelt(env: Environment): Promise<Found> {
  const { failed, shortMessage = '' } = await execa('/usr/bin/sandbox-exec', ['-p', '(version 1)(allow default)', '/usr/bin/true'], { reject: false, timeout: PROBE_MS, stdin: 'ignore', env: { PATH: env['PATH'] ?? '' }, extendEnv: false });
  return failed ? { kind: 'none', missing: `sandbox-exec cannot work here: ${shortMessage}`, hint: 'pith may run in a sandbox itself.' } : { kind: 'seatbelt' };
}
