/** What a terminal sends for keys that type nothing, by its end: `A` of `ESC [ A`, `5~` of `ESC [ 5 ~`. */
const NAMES: Readonly<Record<string, string>> = {
  A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', '1~': 'home', '7~': 'home', '4~': 'end', '8~': 'end', '5~': 'pageup', '6~': 'pagedown', '3~': 'delete', Z: 'shift+tab',
};
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /^\u001b(?:\[([0-9;:<=>?]*)[ -/]*([@-~])|O([@-~]))/;
// oxlint-disable-next-line no-control-regex
const UNFINISHED = /^\u001b(?:\[[0-9;:<=>?]*[ -/]*|O)?$/;

/** So long the rest of a sequence may take; then it was the key Escape. */
export const ESCAPE_MS = 30;

/** Bytes of a terminal as keys. A sequence that comes in two pieces is one key. */
export class KeyReader {
  #rest = '';

  /** Whether there is a beginning that may be a key by itself. */
  get isWaiting(): boolean { return this.#rest !== ''; }

  push(text: string): string[] {
    const keys: string[] = [];
    let rest = this.#rest + text;
    while (rest !== '' && !UNFINISHED.test(rest)) {
      const sequence = SEQUENCE.exec(rest);
      const taken = sequence?.[0] ?? String.fromCodePoint(rest.codePointAt(0)!);
      const key = sequence === null ? toKey(taken) : toNamed(sequence);
      if (key !== undefined) keys.push(key);
      rest = rest.slice(taken.length);
    }
    this.#rest = rest;
    return keys;
  }

  /** No more came: what waited is the key Escape, and whatever was typed behind it. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : ['escape', ...Array.from(rest.slice(1), (character) => toKey(character) ?? '')].filter((key) => key !== '');
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
