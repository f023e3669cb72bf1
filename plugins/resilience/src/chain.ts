import { isPithError, type ModelRequest, PithError, type Turn } from '@pith/kernel';

type ModelName = Pick<ModelRequest, 'provider' | 'model'>;

/** Runs that are remembered; the oldest is forgotten first. Only those that go on at the same time matter. */
const MAX_RUNS = 256;

/** The models of a call, and which of them has its turn. */
export interface Chain {
  /** What the next attempt asks. */
  readonly request: ModelRequest;
  /** The model after this one, as `provider/model`. */
  readonly next: string | undefined;
  /** Goes to it; the run stays there. */
  advance(): void;
}

/** Where a run stands among its models: `at` 0 is the one that it asks for itself, `first`. */
interface Place { readonly first: string; readonly fallback: readonly ModelName[]; at: number }

/** Which models each run may go to, and where it stands: a run that has left a busy model does not come back to it. */
export class Chains {
  readonly #names: readonly string[];
  readonly #places = new Map<string, Place>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /**
   * Only the steps of a turn go to another model. Who makes a call of its own has chosen a model for it: a judge of
   * permission must not become another because the first was busy.
   * @throws PithError MODEL_UNKNOWN, PROVIDER_MISSING before anything is asked: not in the middle of a failure
   */
  async of(request: ModelRequest, turn: Turn): Promise<Chain> {
    if (this.#names.length === 0 || request.purpose !== 'turn') return { request, next: undefined, advance: () => undefined };
    const place = await this.#placeOf(turn, nameOf(request));
    const { fallback } = place;
    return {
      get request() { return place.at === 0 ? request : withModel(request, fallback[place.at - 1]!); },
      get next() { return place.at < fallback.length ? nameOf(fallback[place.at]!) : undefined; },
      advance: () => { place.at++; },
    };
  }

  async #placeOf(turn: Turn, first: string): Promise<Place> {
    const known = this.#places.get(turn.runId);
    if (known?.first === first) return known;
    const place: Place = { first, fallback: (await resolve(this.#names, turn)).filter((name) => nameOf(name) !== first), at: 0 };
    this.#places.set(turn.runId, place);
    if (this.#places.size > MAX_RUNS) this.#places.delete(this.#places.keys().next().value!);
    return place;
  }
}

export const nameOf = ({ provider, model }: ModelName): string => `${provider}/${model}`;

async function resolve(names: readonly string[], turn: Turn): Promise<ModelName[]> {
  const models: ModelName[] = [];
  for (const name of names) models.push(await turn.chooseModel({ model: name }).catch((error: unknown) => { throw ofFallback(error, name); }));
  return models;
}

function ofFallback(error: unknown, name: string): unknown {
  if (!isPithError(error)) return error;
  const { code, exitCode, hint } = error;
  return new PithError(`The fallback model ${JSON.stringify(name)} cannot be used: ${error.message}`, { code, exitCode, cause: error, ...(hint === undefined ? {} : { hint }) });
}

/** What was meant for one vendor, keys in headers above all, goes to no other. */
function withModel(request: ModelRequest, { provider, model }: ModelName): ModelRequest {
  if (provider === request.provider) return { ...request, model };
  const { headers: _headers, body: _body, taskBudgetTokens: _budget, ...options } = request.options;
  return { ...request, provider, model, options };
}
