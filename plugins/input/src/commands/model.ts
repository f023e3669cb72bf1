import type { Turn } from '@pith/kernel';
import { toLine, wrap } from './words.ts';

const LISTED_MAX = 20;

/** Says which model answers and which others are known, or chooses one for the turns that follow. */
export async function model(argument: string, turn: Turn): Promise<string> {
  if (argument === '') return listModels(turn);
  const { provider, model } = await turn.useModel({ model: argument });
  if (provider === turn.provider && model === turn.model) return wrap(`${provider}/${model} answers already.`);
  return wrap(`${provider}/${model} answers from the next turn of this session on. A model in the settings or behind --model comes first when a session is continued by another pith.`);
}

async function listModels(turn: Turn): Promise<string> {
  const { provider, model } = turn;
  const known = await turn.recorded('models', async () => {
    const models = (await (await findPricing(turn))?.listModels?.() ?? []).filter(({ abilities }) => abilities.tools !== false);
    const [own, others] = [models.filter((facts) => facts.provider === provider), models.filter((facts) => facts.provider !== provider)];
    return { own: own.map((facts) => facts.model), others: [...Map.groupBy(others, (facts) => facts.provider)].map(([name, { length }]) => `${name} (${length})`) };
  });
  const names = known.own.filter((name) => name !== model);
  const rest = names.length - LISTED_MAX;
  return [
    wrap(`${provider}/${model} answers.`),
    ...(names.length === 0 ? [] : ['', wrap(`Also known of ${provider}:`), ...names.slice(0, LISTED_MAX).map((name) => `  ${toLine(name, 200)}`), ...(rest > 0 ? [`  and ${rest} more`] : [])]),
    ...(known.others.length === 0 ? [] : ['', wrap(`Known of other providers, if they are set up: ${known.others.map((other) => toLine(other, 80)).join(', ')}.`)]),
    '', wrap('/model NAME or PROVIDER/NAME chooses one. pith models lists all, with prices.'),
  ].join('\n');
}

async function findPricing(turn: Turn) {
  try {
    return await turn.service('pricing');
  } catch {
    return undefined; // Then only the model that answers is known.
  }
}
