import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { hasCode } from './errors.ts';

/** All that a command started. */
export interface ProcessTree {
  /**
   * Stands in the environment of every process of the tree and of no other, so that one that left its group, its session and
   * its parents is found, too; and so that a number which the system has given to somebody else by now is not taken for ours.
   */
  mark: string;
  /** Leaders of process groups that were started and not waited for yet: only these numbers are certainly still theirs. */
  leaders: readonly number[];
}

/** How long a process may take to end when it is asked to: to flush its log, to stop its own children. */
export const GRACE_MS = 1500;
/** Rounds of killing, for trees that start processes while they are killed. */
const MAX_ROUNDS = 50;

/**
 * Ends the whole tree: asks, waits `graceMs`, kills. Resolves when nothing of it runs.
 * @returns whether all of it ended; only the system's own trouble keeps a killed process
 */
export async function stopTree(tree: ProcessTree, graceMs = GRACE_MS): Promise<boolean> {
  if (process.platform === 'win32') return await stopOnWindows(tree);
  // A stopped process hears nothing before it goes on.
  let members = signalTree(tree, ['SIGTERM', 'SIGCONT']);
  const endMs = performance.now() + graceMs;
  for (let waitMs = 2; members.length > 0 && performance.now() < endMs; waitMs = Math.min(waitMs * 2, 50)) {
    await sleep(waitMs);
    members = findMembers(tree);
  }
  for (let round = 0; members.length > 0 && round < MAX_ROUNDS; round++) {
    members = signalTree(tree, ['SIGKILL']);
    if (members.length > 0) await sleep(5);
  }
  return members.length === 0;
}

/** Ends the tree at once, without waiting: for the end of this very process. */
export function killTree(tree: ProcessTree): void {
  if (process.platform !== 'win32') signalTree(tree, ['SIGKILL']);
}

/** @returns the members that were there */
function signalTree(tree: ProcessTree, signals: readonly NodeJS.Signals[]): Process[] {
  const members = findMembers(tree);
  // A group at one instant, so that none of it can start another one in between; and nobody twice, which some take for urgent.
  const others = members.filter(({ group }) => !tree.leaders.includes(group)).map(({ pid }) => pid);
  for (const signal of signals) for (const target of [...tree.leaders.map((leader) => -leader), ...others]) send(target, signal);
  return members;
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error; // Gone already, or under another user by now.
  }
}

interface Process { pid: number; parent: number; group: number; session: number }

/** The processes of the tree that run; where the system does not tell, one for each group in which something runs. */
export function findMembers({ mark, leaders }: ProcessTree): Process[] {
  const all = readProcesses();
  if (all === undefined) return leaders.filter(isGroup).map((leader) => ({ pid: leader, parent: 0, group: leader, session: leader }));
  const groups = new Set(leaders);
  const members = new Map<number, Process>();
  for (const one of all) if (groups.has(one.group) || groups.has(one.session) || hasMark(one.pid, mark)) members.set(one.pid, one);
  // Children that put their environment away are known by their parents.
  for (let size = -1; size !== members.size;) {
    size = members.size;
    for (const one of all) if (members.has(one.parent)) members.set(one.pid, one);
  }
  return [...members.values()];
}

/** Everything that runs and is not older than this process. @returns nothing where there is no /proc */
function readProcesses(): Process[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const own = readProcess(process.pid);
  if (own === undefined) return undefined;
  const found: Process[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const one = readProcess(pid);
    if (one !== undefined && one.startTicks >= own.startTicks && one.state !== 'Z' && one.state !== 'X') found.push(one);
  }
  return found;
}

/** @see proc_pid_stat(5); the name of the program, in brackets, may hold anything */
function readProcess(pid: number): (Process & { state: string; startTicks: number }) | undefined {
  const text = readQuietly(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0]!, parent: Number(fields[1]), group: Number(fields[2]), session: Number(fields[3]), startTicks: Number(fields[19]) };
}

function hasMark(pid: number, mark: string): boolean {
  return readQuietly(`/proc/${pid}/environ`)?.includes(mark) ?? false;
}

/** @returns nothing for a process that is gone, or another user's */
function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Whether any process is in the group of this number, also one that has ended but was not waited for. */
export function isGroup(leader: number): boolean {
  try {
    return process.platform !== 'win32' && process.kill(-leader, 0);
  } catch {
    return false;
  }
}

async function stopOnWindows({ leaders }: ProcessTree): Promise<boolean> {
  const stopped = await Promise.all(leaders.map((leader) => execa('taskkill', ['/pid', String(leader), '/T', '/F'], { stdio: 'ignore', reject: false })));
  return stopped.every(({ failed }) => !failed);
}
