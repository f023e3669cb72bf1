import type { Agents } from '../proxy/parts.ts';

/** With the model of agents that name none, as it holds at the moment. */
export function withDefaultModel(agents: Agents, modelNow: () => string | null): Agents {
  return {
    recognise: (request) => {
      const facts = agents.recognise(request);
      const model = modelNow();
      return model === null || facts?.agent === undefined || facts.model !== undefined ? facts : { ...facts, model };
    },
  };
}
