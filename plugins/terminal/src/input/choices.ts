import type { SessionSummary } from '@pith/kernel';
import type { Conversation } from '../conversation.ts';
import { toCount } from '../view/amounts.ts';

/** What can be taken of a list: what is sent then, and what it is. */
export interface Choice { shown: string; detail: string; text: string }

export type ChoiceCommand = 'resume' | 'model';

/** So many are looked through. */
const CHOICES_MAX = 500;

/** The command whose list opens in the place of its answer: typed alone. */
export function findChoiceCommand(text: string): ChoiceCommand | undefined {
  return /^\/(resume|model)$/.exec(text.trim())?.[1] as ChoiceCommand | undefined;
}

/** What there is to choose from; nothing where the command is not that of the plugin `input`, or its own answer says it better. */
export async function listChoices(command: ChoiceCommand, conversation: Conversation): Promise<readonly Choice[]> {
  const { session: { kernel }, setup: { turn: { signal } } } = conversation;
  try {
    const commands = await conversation.commands({ signal });
    if (!commands.some(({ name, owner }) => name === command && owner === 'input')) return [];
    return command === 'resume' ? toSessions(await (await kernel.service('sessions', signal)).list({ cwd: conversation.session.cwd }), conversation) : await listModels(conversation);
  } catch {
    return []; // The command itself says what is wrong, and what to do.
  }
}

function toSessions(found: readonly SessionSummary[], { session: { id: own } }: Conversation): Choice[] {
  const nowMs = Date.now();
  return found.filter(({ id, turns }) => turns > 0 && id !== own).slice(0, CHOICES_MAX)
    .map(({ id, title, turns, updatedMs }) => ({ shown: title, detail: `${toAge(nowMs - updatedMs)}, ${turns} turn${turns === 1 ? '' : 's'}`, text: `/resume ${id}` }));
}

/** Those of the provider that answers now come first. */
async function listModels({ session, setup: { turn: { signal } }, snapshot }: Conversation): Promise<Choice[]> {
  const { provider, model } = snapshot().status;
  const known = await (await session.kernel.optionalService('pricing', signal))?.listModels?.() ?? [];
  const others = known.filter((facts) => facts.abilities.tools !== false && (facts.provider !== provider || facts.model !== model));
  const [own, foreign] = [others.filter((facts) => facts.provider === provider), others.filter((facts) => facts.provider !== provider)];
  return [...own, ...foreign].slice(0, CHOICES_MAX).map((facts) => {
    const name = `${facts.provider}/${facts.model}`;
    return { shown: name, detail: facts.contextTokens === null ? '' : `${toCount(facts.contextTokens)} tokens`, text: `/model ${name}` };
  });
}

function toAge(ms: number): string {
  const minutes = Math.floor(Math.max(ms, 0) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 60 / 24)} days ago`;
}
