import type { Engine } from './engine.ts';
import { databaseError } from './errors.ts';

/** The transaction is the service's, and other files and settings of the connection are nobody's. */
const NOT_HERE = /^\s*(abort|attach|begin|commit|detach|discard|end|pragma|release|reset|rollback|savepoint|set|start|vacuum)\b/i;

/** Texts of statements, by the template that each was written as: one that is run again costs no more than a look. */
export class Texts {
  readonly #made = new WeakMap<TemplateStringsArray, string>();
  readonly #placeholder: Engine['placeholder'];

  constructor({ placeholder }: Pick<Engine, 'placeholder'>) {
    this.#placeholder = placeholder;
  }

  of(template: TemplateStringsArray): string {
    let text = this.#made.get(template);
    if (text === undefined) {
      text = checkText(template.reduce((before, part, index) => `${before}${this.#placeholder(index - 1)}${part}`));
      this.#made.set(template, text);
    }
    return text;
  }
}

/** @throws PithError DATABASE_QUERY_FAILED for what would end the transaction, or outlive it */
export function checkText(text: string): string {
  const word = NOT_HERE.exec(text)?.[1];
  if (word !== undefined) throw databaseError('DATABASE_QUERY_FAILED', `A statement may not begin with ${word.toUpperCase()}: the transaction belongs to the database service`, { hint: 'Leave it out; what `work` does is one transaction.' });
  return text;
}
