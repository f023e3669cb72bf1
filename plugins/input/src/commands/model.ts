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
  const names = await turn.recorded('models', async () => {
    const known = await (await findPricing(turn))?.listModels?.() ?? [];
    return known.filter((facts) => facts.provider === provider && facts.abilities.tools !== false).map((facts) => facts.model);
  });
  const others = names.filter((name) => name !== model);
  const rest = others.length - LISTED_MAX;
  return [
    wrap(`${provider}/${model} answers.`),
    ...(others.length === 0 ? [] : ['', wrap(`Also known of ${provider}:`), ...others.slice(0, LISTED_MAX).map((name) => `  ${toLine(name, 200)}`), ...(rest > 0 ? [`  and ${rest} more`] : [])]),
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
