import { balancerError } from '../errors.ts';
import { HOT, HOT_NAMES, type HotName } from './hot.ts';

/** @param how how a person knows it, and what to do about it. @throws PithError BALANCER_SETTING_INVALID */
export function checkValue(name: string, value: unknown, { said, hint }: { said: string; hint: string }): void {
  const issue = findIssue(name, value, said);
  if (issue !== undefined) throw balancerError('BALANCER_SETTING_INVALID', issue, { hint });
}

/** What is wrong with it, as a sentence. */
export function findIssue(name: string, value: unknown, said: string): string | undefined {
  if (!Object.hasOwn(HOT, name)) return `${said} is no setting that can be changed while it runs; those are ${HOT_NAMES.join(', ')}`;
  const [issue] = HOT[name as HotName].check(value, [name]);
  return issue && `${said} ${issue.message}`;
}
