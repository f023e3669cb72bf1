import type { Agent } from './agent.ts';

/** Of each prompt so many characters are looked for at every place of a text. */
const PROBE = 16;
/** Where those begin is tried at so many places, until no other prompt has the same: many begin alike. */
const TRIES = 64;
const BASE = 0x01000193;
/** `BASE` to the power of `PROBE`, as 32 bits. */
const LAST = Array.from({ length: PROBE }).reduce<number>((power) => Math.imul(power, BASE), 1);

/**
 * Finds which prompts a text contains, in one walk over it whatever their number: a rolling hash of the last characters, a table of bits that
 * says no to nearly all places, and a comparison with the few that are left.
 */
export class PromptIndex {
  readonly #byHash = new Map<number, { agent: Agent; offset: number }[]>();
  readonly #bits = new Uint8Array(1 << 16);

  constructor(agents: readonly Agent[]) {
    for (const agent of agents) {
      const offset = this.#findProbe(agent.prompt);
      const hash = hashOf(agent.prompt, offset);
      this.#byHash.set(hash, [...this.#byHash.get(hash) ?? [], { agent, offset }]);
      this.#bits[hash >>> 16] = 1;
    }
  }

  /** The agent with the longest prompt that is in the text whole. */
  find(given: string, isAllowed: (agent: Agent) => boolean): Agent | undefined {
    if (this.#byHash.size === 0) return undefined;
    const text = given.includes('\r') ? given.replaceAll(/\r\n?/g, '\n') : given;
    const bits = this.#bits;
    let found: Agent | undefined;
    let hash = 0;
    for (let place = 0; place < text.length; place++) {
      hash = (Math.imul(hash, BASE) + text.charCodeAt(place)) | 0;
      if (place >= PROBE) hash = (hash - Math.imul(LAST, text.charCodeAt(place - PROBE))) | 0;
      else if (place < PROBE - 1) continue;
      if (bits[hash >>> 16] === 0) continue;
      for (const { agent, offset } of this.#byHash.get(hash) ?? []) {
        const start = place - PROBE + 1 - offset;
        if (start >= 0 && isBetter(agent, found) && isAllowed(agent) && text.startsWith(agent.prompt, start)) found = agent;
      }
    }
    return found;
  }

  /** The first place in a prompt that no other begins at; the beginning where there is none. */
  #findProbe(prompt: string): number {
    const step = Math.max(1, Math.floor((prompt.length - PROBE) / TRIES));
    for (let offset = 0; offset + PROBE <= prompt.length; offset += step) if (!this.#byHash.has(hashOf(prompt, offset))) return offset;
    return 0;
  }
}

/** The longer prompt says more; of two that are the same, the workspace's own. */
function isBetter(agent: Agent, found: Agent | undefined): boolean {
  if (found === undefined || agent.prompt.length !== found.prompt.length) return found === undefined || agent.prompt.length > found.prompt.length;
  return agent.workspace !== null && found.workspace === null;
}

function hashOf(prompt: string, from: number): number {
  let hash = 0;
  for (let place = from; place < from + PROBE; place++) hash = (Math.imul(hash, BASE) + prompt.charCodeAt(place)) | 0;
  return hash;
}
