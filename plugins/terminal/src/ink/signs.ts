/** Signs of the chat itself; those of texts are the theme's. */
export interface Signs { input: string; done: string; failed: string; stopped: string; info: string; warning: string; thought: string; into: string; between: string; spinner: readonly string[]; arrow: string }

const UNICODE: Signs = { input: '›', done: '✓', failed: '✗', stopped: '■', info: '·', warning: '!', thought: '∴', into: '└', between: ' · ', spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'], arrow: '→' };
const ASCII: Signs = { input: '>', done: '+', failed: 'x', stopped: '#', info: '-', warning: '!', thought: '*', into: '`-', between: ' | ', spinner: ['-', '\\', '|', '/'], arrow: '->' };

/** Signs in sentences of pith, as they are written without the others. */
const WRITTEN: readonly (readonly [string, string])[] = [['’', "'"], ['…', '...'], ['·', '-'], ['–', '-'], ['×', 'x'], ['→', '->'], ['“', '"'], ['”', '"']];

/** A sentence for a terminal that knows only ASCII: its signs as they are written there, and not by their numbers. */
export function toPlainSigns(text: string, { unicode }: { unicode: boolean }): string {
  return unicode ? text : WRITTEN.reduce((written, [sign, plain]) => written.replaceAll(sign, plain), text);
}

export function signsOf({ unicode }: { unicode: boolean }): Signs {
  return unicode ? UNICODE : ASCII;
}
