import assert from 'node:assert/strict';
import type { Case, Verdict } from './case.ts';
import type { Ground } from './ground.ts';

export interface Answer {
  id: string | null;
  verdict?: Verdict;
  rule?: string | null;
  reason?: string;
  parts?: { text: string; verdict: Verdict; rule: string | null; reason: string }[];
  error?: { code: string; message: string };
}

/**
 * Puts all cases to one run of the built `pith permissions check`, without what they expect.
 * @returns an answer for each, in their order
 */
export async function check(ground: Ground, cases: readonly Omit<Case, 'expect'>[]): Promise<Answer[]> {
  const lines = cases.map(({ policy, mode, tool, input, root }, index) => JSON.stringify({ id: String(index), policy, mode, tool, input, ...(root === undefined ? {} : { root }) }));
  const { answers, code } = await checkLines(ground, lines);
  assert.equal(code, answers.some(({ error }) => error !== undefined) ? 2 : 0);
  return answers;
}

/** Puts lines as they stand to the command. */
export async function checkLines(ground: Ground, lines: readonly string[]): Promise<{ answers: Answer[]; code: number | null; stderr: string }> {
  const { stdout, stderr, code } = await ground.pith(['permissions', 'check'], { stdin: lines.map((line) => `${line}\n`).join('') });
  const answers = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Answer);
  assert.equal(answers.length, lines.length, `${answers.length} answers for ${lines.length} lines; ${stderr}`);
  return { answers, code, stderr };
}

/** One word for an answer. */
export const toOutcome = ({ verdict, error }: Answer): Verdict | 'error' => (error === undefined ? verdict! : 'error');
