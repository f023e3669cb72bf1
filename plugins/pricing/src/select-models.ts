import { EXIT, type ModelFacts, nearest, PithError } from '@pith/kernel';
import { toProviderId } from './match.ts';

/** Those who make models; the others serve models of theirs, too. */
const VENDORS = new Set(['anthropic', 'deepseek', 'google', 'minimax', 'mistral', 'moonshotai', 'openai', 'x-ai', 'zai']);

export interface Selection {
  provider?: string | undefined;
  all?: boolean | undefined;
}

/**
 * Without `all`, models that are known to call tools, which an agent needs; of one provider, or of all that make models.
 * A model whose price a person has set is always there.
 * @throws PithError PRICING_PROVIDER_UNKNOWN with the nearest names
 */
export function selectModels(models: readonly ModelFacts[], { provider, all = false }: Selection): ModelFacts[] {
  const isOwn = ({ prices, priceDate }: ModelFacts): boolean => prices !== null && priceDate === null;
  if (provider === undefined) return models.filter((model) => all || isOwn(model) || (VENDORS.has(model.provider) && model.abilities.tools === true));
  const wanted = new Set([provider, toProviderId(provider)]);
  const found = models.filter((model) => wanted.has(model.provider));
  if (found.length > 0) return found.filter((model) => all || isOwn(model) || model.abilities.tools === true);
  const names = [...new Set(models.map((model) => model.provider))];
  const near = nearest(provider, names);
  throw new PithError(`No models of a provider ${JSON.stringify(provider)} are known`, {
    code: 'PRICING_PROVIDER_UNKNOWN', exitCode: EXIT.usage, hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known are: ${names.join(', ')}`,
  });
}
