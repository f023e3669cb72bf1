/** Signs of the chat itself; those of texts are the theme's. */
export interface Signs { input: string; done: string; failed: string; stopped: string; info: string; warning: string; thought: string; into: string; between: string; spinner: readonly string[]; arrow: string }

const UNICODE: Signs = { input: '›', done: '✓', failed: '✗', stopped: '■', info: '·', warning: '!', thought: '∴', into: '└', between: ' · ', spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'], arrow: '→' };
const ASCII: Signs = { input: '>', done: '+', failed: 'x', stopped: '#', info: '-', warning: '!', thought: '*', into: '`-', between: ' | ', spinner: ['-', '\\', '|', '/'], arrow: '->' };

export function signsOf({ unicode }: { unicode: boolean }): Signs {
  return unicode ? UNICODE : ASCII;
}
