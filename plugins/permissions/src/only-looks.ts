import type { PreparedCall } from '@pith/kernel';
import { type Grounds, toJudged } from './judge.ts';
import { modeDenies } from './mode.ts';

/**
 * Whether mode `plan` would let every part of a call pass for what it is: then no file can be another after it. A call that names no command
 * is never one, whatever its tool says of itself.
 */
export async function onlyLooks(call: PreparedCall, { env, home }: Pick<Grounds, 'env' | 'home'>): Promise<boolean> {
  if (call.targets.length === 0 || !call.targets.every(({ command }) => command !== undefined)) return false;
  const judged = await toJudged(call, { env, home });
  return judged.subjects.every((subject) => subject.kind !== 'url' && modeDenies({ mode: 'plan', effect: 'exec', subject, tool: call.name, env }) === undefined);
}
