import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { childEnvironment } from './environment.ts';
import { hasCode } from './has-code.ts';

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
/** Looks that are not sure, before one of them is believed: what made them so may last. */
const MAX_UNSURE_ROUNDS = 5;
/** Parent of the kernel's own threads, which have no environment, either. */
const KERNEL_THREADS = 2;

/**
 * Ends the whole tree: asks, waits `graceMs`, kills. Resolves when nothing of it runs.
 * @returns whether all of it ended; only the system's own trouble keeps a killed process
 */
export async function stopTree(tree: ProcessTree, graceMs = GRACE_MS): Promise<boolean> {
  if (process.platform === 'win32') return await stopOnWindows(tree);
  const endMs = performance.now() + graceMs;
  const asked = new Set<number>();
  signalGroups(tree, 'SIGTERM');
  let members = await look(tree);
  for (let waitMs = 2; members.length > 0 && performance.now() < endMs; waitMs = Math.min(waitMs * 2, 50)) {
    ask(members.filter(({ pid, group }) => !tree.leaders.includes(group) && !asked.has(pid)), asked);
    await sleep(waitMs);
    members = await look(tree);
  }
  for (let round = 0; members.length > 0 && round < MAX_ROUNDS; round++) {
    kill(tree);
    await sleep(5);
    members = await look(tree);
  }
  return members.length === 0;
}

/** Kills the tree at once, without waiting: for the end of this very process. */
export function killTree(tree: ProcessTree): void {
  if (process.platform === 'win32') return;
  for (let round = 0; round < MAX_UNSURE_ROUNDS; round++) {
    kill(tree);
    const { members, unsure } = scan(tree);
    if (members.length === 0 && !unsure) return;
  }
}

/** The members; that there are none is said only when it is certain. */
async function look(tree: ProcessTree): Promise<Process[]> {
  for (let round = 0; ; round++) {
    const { members, unsure } = scan(tree);
    if (members.length > 0 || !unsure || round === MAX_UNSURE_ROUNDS) return members;
    await sleep(2);
  }
}

function kill(tree: ProcessTree): void {
  signalGroups(tree, 'SIGKILL');
  for (const { pid } of findMembers(tree)) send(pid, 'SIGKILL');
}

/** A whole group at one instant, so that none of it can start another one in between. */
function signalGroups({ leaders }: ProcessTree, signal: NodeJS.Signals): void {
  for (const leader of leaders) {
    send(-leader, signal);
    send(-leader, 'SIGCONT'); // A stopped process hears nothing before it goes on.
  }
}

/** Each one once: some take being asked twice for urgent. */
function ask(members: readonly Process[], asked: Set<number>): void {
  for (const { pid } of members) {
    asked.add(pid);
    send(pid, 'SIGTERM');
    send(pid, 'SIGCONT');
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH', 'EPERM')) throw error; // Gone already, or under another user by now.
  }
}

interface Process { pid: number; parent: number; group: number; session: number }

/** The processes of the tree that run. */
export function findMembers(tree: ProcessTree): Process[] {
  return scan(tree).members;
}

/** Where the system does not tell, one member stands for each group in which something runs. */
function scan({ mark, leaders }: ProcessTree): { members: Process[]; unsure: boolean } {
  const seen = readProcesses();
  if (seen === undefined) return { members: leaders.filter(isGroup).map((leader) => ({ pid: leader, parent: 0, group: leader, session: leader })), unsure: false };
  const { all } = seen;
  let { unsure } = seen;
  const members = new Map<number, Process>();
  for (const one of all) {
    if (leaders.includes(one.group) || leaders.includes(one.session)) members.set(one.pid, one);
    else {
      const environment = readQuietly(`/proc/${one.pid}/environ`);
      if (environment?.includes(mark)) members.set(one.pid, one);
      // While a process turns into another program, it shows no environment.
      else if (environment === '' && one.parent !== KERNEL_THREADS) unsure = true;
    }
  }
  // Children that put their environment away are known by their parents.
  for (let size = -1; size !== members.size;) {
    size = members.size;
    for (const one of all) if (members.has(one.parent)) members.set(one.pid, one);
  }
  return { members: [...members.values()], unsure };
}

/**
 * Everything that runs and is not older than this process. Whoever ended while it was looked at may have started another one
 * that was not there yet when the list was made: then the look is not a sure one.
 * @returns nothing where there is no /proc
 */
function readProcesses(): { all: Process[]; unsure: boolean } | undefined {
  const own = process.platform === 'linux' ? readProcess(process.pid) : undefined;
  if (own === undefined) return undefined;
  const all: Process[] = [];
  let unsure = false;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const one = readProcess(pid);
    if (one === undefined || one.startTicks < own.startTicks) unsure ||= one === undefined;
    else if (one.state === 'Z' || one.state === 'X') unsure = true;
    else all.push(one);
  }
  return { all, unsure };
}

/** @see proc_pid_stat(5); the name of the program, in brackets, may hold anything */
function readProcess(pid: number): (Process & { state: string; startTicks: number }) | undefined {
  const text = readQuietly(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0]!, parent: Number(fields[1]), group: Number(fields[2]), session: Number(fields[3]), startTicks: Number(fields[19]) };
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
  const stopped = await Promise.all(leaders.map((leader) => execa('taskkill', ['/pid', String(leader), '/T', '/F'], { stdio: 'ignore', reject: false, env: childEnvironment(process.env), extendEnv: false })));
  return stopped.every(({ failed }) => !failed);
}
