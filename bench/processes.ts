import { spawn } from 'node:child_process';

/** One whole process: its own time and memory are what the operating system counted. */
export interface ProcessRun { wallMs: number; code: number | null; stdout: string }

export function runProcess(argv: readonly string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): Promise<ProcessRun> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(argv[0]!, argv.slice(1), { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.on('error', reject).on('close', (code) => resolve({ wallMs: performance.now() - startMs, code, stdout }));
  });
}

/** Arguments of a bash that runs what follows: `times` of a shell that has waited for its child holds the time of the whole tree. */
export const TIMED = ['-c', '"$@" >/dev/null; code=$?; times; exit $code', 'bash'];

/** The second line of `times`: user and system time of all children. */
export function childrenCpuMs(times: string): number {
  const line = times.trim().split('\n')[1]!;
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs all cases in turn, again and again, so that a slow moment of the machine falls on all of them. @returns samples by case */
export async function interleave<K extends string>(cases: Readonly<Record<K, () => Promise<number>>>, rounds: number): Promise<Record<K, number[]>> {
  const names = Object.keys(cases) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (const name of names) await cases[name]();
  for (let round = 0; round < rounds; round++) for (const name of names) samples[name].push(await cases[name]());
  return samples;
}

/** The median of the ratios of each round. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, index) => value / b[index]!));
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
