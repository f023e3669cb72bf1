import { nearest, PithError } from '../errors.ts';
import type { ModelOptions } from '../message.ts';
import type { ProviderDeclaration, ProviderSetting } from '../plugin.ts';

export interface ModelWish { provider?: string | undefined; model?: string | undefined }

/** A provider, and what it says of itself by. */
interface Candidate { declaration: ProviderDeclaration; setting: ProviderSetting }

/**
 * Which provider serves a model. Nothing asked for: the ready provider of the highest rank, and its default model.
 * A model that several serve goes to one that is ready.
 * @throws PithError PROVIDER_MISSING, MODEL_UNKNOWN with the nearest names
 */
export function chooseModel({ provider, model }: ModelWish, candidates: readonly Candidate[]): { provider: string; model: string } {
  if (candidates.length === 0) return { provider: provider ?? '', model: model ?? '' }; // Said by the turn, which needs one.
  if (provider !== undefined) return ofProvider(findProvider(provider, candidates), model);
  if (model === undefined) return best(candidates);
  const slash = model.indexOf('/');
  const prefixed = slash > 0 ? candidates.find(({ declaration: { name } }) => name === model.slice(0, slash)) : undefined;
  if (prefixed !== undefined) return ofProvider(prefixed, model);
  const serving = [...candidates.filter(({ declaration: { models } }) => models.includes(model)), ...candidates.filter((candidate) => serves(candidate, model))];
  const chosen = serving.find(isReady) ?? serving[0];
  if (chosen === undefined) throw unknownModel(model, candidates);
  return { provider: chosen.declaration.name, model };
}

export function providerMissing(name: string, names: readonly string[]): PithError {
  if (names.length === 0) return new PithError('No provider is installed', { code: 'PROVIDER_MISSING', hint: 'Install one: @pith/plugin-anthropic, @pith/plugin-openai, or @pith/plugin-scripted.' });
  return new PithError(`There is no provider ${JSON.stringify(name)}`, { code: 'PROVIDER_MISSING', hint: `Installed: ${names.join(', ')}` });
}

/** @throws PithError PROVIDER_OPTION_UNKNOWN */
export function checkOptions({ taskBudgetTokens }: ModelOptions, { name, takesTaskBudget }: ProviderDeclaration, all: readonly ProviderDeclaration[]): void {
  if (taskBudgetTokens === undefined || takesTaskBudget) return;
  const able = all.filter((each) => each.takesTaskBudget).map((each) => each.name);
  throw new PithError(`Provider ${name} has no task budget`, {
    code: 'PROVIDER_OPTION_UNKNOWN', hint: `Leave out --task-budget (setting taskBudget)${able.length === 0 ? '' : `, or choose with --provider one that has it: ${able.join(', ')}`}.`,
  });
}

function findProvider(name: string, candidates: readonly Candidate[]): Candidate {
  const found = candidates.find(({ declaration }) => declaration.name === name);
  if (found === undefined) throw providerMissing(name, candidates.map(({ declaration }) => declaration.name));
  return found;
}

/** The model may be named with the provider in front. */
function ofProvider(candidate: Candidate, model: string | undefined): { provider: string; model: string } {
  const { name, models } = candidate.declaration;
  if (model === undefined) return { provider: name, model: defaultModel(candidate) };
  const bare = model.startsWith(`${name}/`) ? model.slice(name.length + 1) : model;
  if (models.includes(bare) || serves(candidate, bare)) return { provider: name, model: bare };
  throw unknownModel(model, [candidate]);
}

function best(candidates: readonly Candidate[]): { provider: string; model: string } {
  const rank = ({ declaration }: Candidate): number => declaration.rank ?? 0;
  const first = candidates.filter(isReady).sort((a, b) => rank(b) - rank(a) || (a.declaration.name < b.declaration.name ? -1 : 1))[0];
  if (first !== undefined) return { provider: first.declaration.name, model: defaultModel(first) };
  throw new PithError('No provider is ready', { code: 'PROVIDER_MISSING', hint: `Installed: ${candidates.map(({ declaration }) => declaration.name).join(', ')}. Set a key, or name one with --provider.` });
}

const isReady = ({ declaration, setting: { env, options, hasSecret } }: Candidate): boolean => declaration.ready?.(env, options, hasSecret) ?? true;
const serves = ({ declaration, setting }: Candidate, model: string): boolean => declaration.serves?.(model, setting) ?? false;
const defaultModel = ({ declaration, setting }: Candidate): string => declaration.defaultModel?.(setting) ?? declaration.models[0] ?? '';

function unknownModel(model: string, candidates: readonly Candidate[]): PithError {
  const named = candidates.flatMap(({ declaration: { name, models } }) => models.map((known) => ({ known, full: `${name}/${known}` })));
  const near = nearest(model, named.flatMap(({ known, full }) => [known, full]));
  return new PithError(`No provider serves the model ${JSON.stringify(model)}`, {
    code: 'MODEL_UNKNOWN', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Models are: ${named.slice(0, 8).map(({ full }) => full).join(', ')}`,
  });
}
