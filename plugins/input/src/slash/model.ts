import type { Turn } from '@pith/kernel';
import { findService } from '../find-service.ts';
import { toLine } from './words.ts';

const LISTED_MAX = 20;

/** Says which model answers and which others its provider has, or chooses one for the turns that follow. */
export async function model(argument: string, turn: Turn): Promise<string> {
  if (argument === '') return listModels(turn);
  const { provider, model } = await turn.useModel({ model: argument });
  if (provider === turn.provider && model === turn.model) return `${provider}/${model} answers already.`;
  return `${provider}/${model} answers from the next turn of this session on. A model in the settings or behind --model comes first when a session is continued by another pith.`;
}

async function listModels(turn: Turn): Promise<string> {
  const { provider, model } = turn;
  const known = await turn.recorded('models', async () => (await (await findService('pricing', turn))?.listModels?.() ?? [])
    .filter((facts) => facts.provider === provider && facts.model !== model && facts.abilities.tools !== false).map((facts) => facts.model));
  const rest = known.length - LISTED_MAX;
  return [
    `${provider}/${model} answers.`,
    ...(known.length === 0 ? [] : ['', `Also known of ${provider}:`, ...known.slice(0, LISTED_MAX).map((name) => `  ${toLine(name, 200)}`), ...(rest > 0 ? [`  and ${rest} more`] : [])]),
    '', '/model NAME or PROVIDER/NAME chooses one. pith models lists all, with prices.',
  ].join('\n');
}
