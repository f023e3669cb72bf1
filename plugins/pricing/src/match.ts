import type { MatchRule, PriceRow, PriceRows } from './rows.ts';

/** No model has a longer name, and rules are tried one by one. */
const MAX_LENGTH = 256;

/**
 * The row of a model, as the source of the rows finds it: the first rule that fits, then the rows of other providers that
 * are named as a fallback, then the same for a name whose date is written `-2025-08-07` instead of `-20250807`.
 */
export function findRow(rows: PriceRows, provider: string, model: string): PriceRow | undefined {
  if (model.length > MAX_LENGTH) return undefined;
  const dashed = model.replaceAll(/-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g, '-$1-$2-$3');
  return findIn(rows, provider, model) ?? (dashed === model ? undefined : findIn(rows, provider, dashed));
}

function findIn(rows: PriceRows, provider: string, model: string): PriceRow | undefined {
  const { models = [], fallback = [] } = Object.hasOwn(rows, provider) ? rows[provider]! : {};
  const lower = model.toLowerCase();
  const own = models.find(([id, match]) => (match === 0 ? id.toLowerCase() === lower : matches(match, model, lower)));
  if (own !== undefined) return own;
  for (const other of fallback) {
    const found = findIn({ [other]: { models: rows[other]?.models ?? [] } }, other, model);
    if (found !== undefined) return found;
  }
  return undefined;
}

function matches(rule: MatchRule, model: string, lower: string): boolean {
  if (typeof rule !== 'string') return 'all' in rule ? rule.all.every((part) => matches(part, model, lower)) : rule.some((part) => matches(part, model, lower));
  const word = rule.slice(1).toLowerCase();
  switch (rule[0]) {
    case '=': return lower === word;
    case '^': return lower.startsWith(word);
    case '$': return lower.endsWith(word);
    case '*': return lower.includes(word);
    default: return new RegExp(rule.slice(1, -1)).test(model);
  }
}

/** Names that people and gateways use for a provider, and the one that the rows have. */
const ALIASES: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'aws', bedrock: 'aws', 'azure-openai': 'azure', 'fireworks-ai': 'fireworks', gemini: 'google', 'google-vertex': 'google', moonshot: 'moonshotai',
  'together-ai': 'together', vertex: 'google', xai: 'x-ai', 'z-ai': 'zai',
};

export function toProviderId(provider: string): string {
  const name = provider.toLowerCase();
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}
