import type { ModelRequest, Usage } from './message.ts';
import { charactersOf } from './prefix.ts';

/** What tokens are counted of. */
export type Countable = Partial<Pick<ModelRequest, 'system' | 'tools' | 'messages'>>;

const CHARACTERS_A_TOKEN = 4;

/** How many tokens requests have, without asking: characters at the rate that the last reply's usage has shown for the model. */
export class TokenGauge {
  readonly #rates = new Map<string, number>();

  count(model: string, { system = [], tools, messages = [] }: Countable): number {
    const characters = charactersOf([...(tools === undefined ? [] : [tools]), ...system, ...messages]);
    return Math.ceil(characters * (this.#rates.get(model) ?? 1 / CHARACTERS_A_TOKEN));
  }

  /** @param characters of the request that the usage is of */
  learn(model: string, characters: number, { input, cacheRead = 0, cacheWrite = 0 }: Usage): void {
    const tokens = input + cacheRead + cacheWrite;
    if (characters > 0 && tokens > 0) this.#rates.set(model, tokens / characters);
  }
}
