import type { Account, Family } from '../account/account.ts';

const ANTHROPIC = /^claude(?:-|$)/i;
const OPENAI = /^(?:gpt-|o\d|chatgpt-|codex-|ft:gpt-)/i;

/** Whose model it is, by its name alone; nothing for names that either may have. */
export function familyOfModel(model: string): Family | undefined {
  if (ANTHROPIC.test(model)) return 'anthropic';
  return OPENAI.test(model) ? 'openai' : undefined;
}

/** Whether an account says by itself what it calls this model. */
function hasOwnName({ models }: Pick<Account, 'models'>, model: string): boolean {
  return Object.keys(models).some((name) => (name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : name === model));
}

/**
 * The family whose accounts a request goes to. What accounts say of the model counts before its name, and those of the family that was
 * asked before the others; a family without any account is never gone to.
 */
export function targetFamily({ asked, model }: { asked: Family; model: string }, accounts: readonly Pick<Account, 'family' | 'models'>[]): Family {
  const other: Family = asked === 'anthropic' ? 'openai' : 'anthropic';
  const others = accounts.filter(({ family }) => family === other);
  if (others.length === 0 || accounts.some((account) => account.family === asked && hasOwnName(account, model))) return asked;
  return others.some((account) => hasOwnName(account, model)) ? other : familyOfModel(model) ?? asked;
}

/** Models that OpenAI serves by its Responses API alone. */
export function needsResponses(model: string): boolean {
  return /codex|-pro(?:-|$)|deep-research/i.test(model);
}
