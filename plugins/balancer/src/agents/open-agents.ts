import type { Database, Pricing } from '@pith/kernel';
import { AgentRegistry } from './registry.ts';

/** The agents of this person, with what `opus` means today. */
export async function openAgents({ config, database, pricing, log, defaultModel }: { config: string; database: Database; pricing: Pricing | undefined; log?: (line: string) => void; defaultModel?: () => string | undefined }): Promise<AgentRegistry> {
  const names = ((await pricing?.listModels?.({ provider: 'anthropic' })) ?? []).filter(({ provider }) => provider === 'anthropic').map(({ model }) => model);
  return new AgentRegistry({ config, database, newestOf: (word) => newestModel(word, names), ...(log === undefined ? {} : { log }), ...(defaultModel === undefined ? {} : { defaultModel }) });
}

/** Of `claude-opus-4-6`, `claude-opus-5` …, the highest version of the word; names with a date behind are the same models. */
export function newestModel(word: string, names: readonly string[]): string | undefined {
  const family = word.toLowerCase();
  const versions = names.flatMap((name) => {
    const [, of, major, minor = '0'] = /^claude-([a-z]+)-(\d{1,2})(?:-(\d{1,2}))?$/.exec(name) ?? [];
    return of === family && major !== undefined ? [{ name, order: Number(major) * 100 + Number(minor) }] : [];
  });
  return versions.sort((a, b) => b.order - a.order)[0]?.name;
}
