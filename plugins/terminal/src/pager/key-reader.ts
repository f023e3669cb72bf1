import { ANSWER, ESCAPE_MS, findBegun, waitFor } from '../answers.ts';

/** What a terminal sends for keys that type nothing, by its end: `A` of `ESC [ A`, `5~` of `ESC [ 5 ~`. */
const NAMES: Readonly<Record<string, string>> = {
  A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', '1~': 'home', '7~': 'home', '4~': 'end', '8~': 'end', '5~': 'pageup', '6~': 'pagedown', '3~': 'delete', Z: 'shift+tab',
};
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /^\u001b(?:\[([0-9;:<=>?]*)[ -/]*([@-~])|O([@-~]))/;

/** Bytes of a terminal as keys. A sequence that comes in two pieces is one key. */
export class KeyReader {
  #rest = '';

  /** How long to wait for the rest of what has begun; nothing where nothing has. */
  get waitMs(): number | undefined { return this.#rest === '' ? undefined : waitFor(this.#rest); }

  push(text: string): string[] {
    const keys: string[] = [];
    const given = (this.#rest + text).replaceAll(ANSWER, '');
    this.#rest = findBegun(given);
    let rest = given.slice(0, given.length - this.#rest.length);
    while (rest !== '') {
      const sequence = SEQUENCE.exec(rest);
      const taken = sequence?.[0] ?? String.fromCodePoint(rest.codePointAt(0)!);
      const key = sequence === null ? toKey(taken) : toNamed(sequence);
      if (key !== undefined) keys.push(key);
      rest = rest.slice(taken.length);
    }
    return keys;
  }

  /** No more came: what waited is the key Escape, and whatever was typed behind it. Of what nobody types nothing is a key. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' || waitFor(rest) > ESCAPE_MS ? [] : ['escape', ...Array.from(rest.slice(1), (character) => toKey(character) ?? '')].filter((key) => key !== '');
  }
}

function toNamed([, parameters = '', final, single]: RegExpExecArray): string | undefined {
  if (single !== undefined) return NAMES[single];
  return NAMES[final === '~' ? `${parameters.split(';', 1)[0]}~` : final!];
}

function toKey(character: string): string | undefined {
  switch (character) {
    case '\r': case '\n': return 'enter';
    case '\u001b': return 'escape';
    case '\u007f': case '\b': return 'backspace';
    case ' ': return 'space';
  }
  const code = character.codePointAt(0)!;
  return code < 0x20 ? `ctrl+${String.fromCharCode(code + 0x60)}` : character;
}
