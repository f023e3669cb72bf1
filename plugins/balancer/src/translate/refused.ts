/** Something of a request that the other family has no word for. `place` is where it stands, as `tools.0`. */
export class Untranslatable extends Error {
  constructor(place: string, why: string) {
    super(`${place} ${why}`);
  }
}

export function refuse(place: string, why = 'cannot be said to a model of the other family'): never {
  throw new Untranslatable(place, why);
}
