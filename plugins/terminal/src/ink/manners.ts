import { ASK_NAME, type TerminalFacts, toSafe } from '@pith/screen';

export interface MannersOptions {
  stdout: NodeJS.WriteStream;
  facts: Pick<TerminalFacts, 'name' | 'message'>;
  /** What the window is called; nothing leaves its name as it is. */
  title: string | undefined;
  /** The terminal is asked for its background. */
  asksBackground: boolean;
  /** And for its name. */
  asksName?: boolean;
}

const [FOCUS_ON, FOCUS_OFF] = ['\u001b[?1004h', '\u001b[?1004l'];
const [KEEP_TITLE, GIVE_BACK_TITLE] = ['\u001b[22;0t', '\u001b[23;0t'];
/** Keys that can be told apart (the kitty protocol): asked for, put on its stack once the terminal answers, and taken from it again. */
const [ASK_KEYS, KEYS_ON, KEYS_OFF] = ['\u001b[?u', '\u001b[>1u', '\u001b[<u'];
const ASK_BACKGROUND = '\u001b]11;?\u0007';
const MAX_TITLE = 60;

/** What the terminal is told beside the drawing, and what is taken back when it is somebody else's. */
export class Manners {
  readonly #options: MannersOptions;
  #isClaimed = false;
  #hasKeys = false;

  constructor(options: MannersOptions) {
    this.#options = options;
  }

  claim(): void {
    if (this.#isClaimed) return;
    this.#isClaimed = true;
    const { stdout, title, asksBackground, asksName = false } = this.#options;
    stdout.write(`${FOCUS_ON}${ASK_KEYS}${title === undefined ? '' : `${KEEP_TITLE}${toTitle(title)}`}${asksBackground ? ASK_BACKGROUND : ''}${asksName ? ASK_NAME : ''}`);
  }

  release(): void {
    if (!this.#isClaimed) return;
    this.#isClaimed = false;
    const { stdout, title } = this.#options;
    if (stdout.destroyed || stdout.writableEnded) return;
    stdout.write(`${this.#hasKeys ? KEYS_OFF : ''}${FOCUS_OFF}${title === undefined ? '' : `${toTitle('')}${GIVE_BACK_TITLE}`}`);
    this.#hasKeys = false;
  }

  /** The terminal knows the protocol, however late it says so: Ink itself waits for 200 ms, and a start may take longer. */
  useKeys(): void {
    if (!this.#isClaimed || this.#hasKeys) return;
    this.#hasKeys = true;
    this.#options.stdout.write(KEYS_ON);
  }

  /** Calls the person, who looks elsewhere. A terminal that shows no messages rings. */
  call(how: 'bell' | 'message' | 'both', text: string): void {
    if (!this.#isClaimed) return;
    const { stdout, facts } = this.#options;
    const message = how === 'bell' ? '' : toMessage(text, facts);
    stdout.write(`${how === 'message' && message !== '' ? '' : '\u0007'}${message}`);
  }
}

/** No text of anybody's ends the sequence that it is in. */
function plain(text: string): string {
  return toSafe(text).replaceAll(/[^\P{C}]/gu, '').slice(0, MAX_TITLE).toWellFormed();
}

function toTitle(title: string): string {
  return `\u001b]0;${plain(title)}\u0007`;
}

/** As the terminal takes it. tmux hands OSC 9, which most know, on to the terminal that it is in, where it may. */
function toMessage(text: string, { name, message }: MannersOptions['facts']): string {
  const shown = plain(text);
  switch (message ?? (name === 'tmux' ? 'tmux' : undefined)) {
    case 'osc9': return `\u001b]9;${shown}\u0007`;
    case 'osc99': return `\u001b]99;;${shown}\u001b\\`;
    case 'osc777': return `\u001b]777;notify;pith;${shown.replaceAll(';', ',')}\u0007`;
    case 'tmux': return `\u001bPtmux;\u001b\u001b]9;${shown}\u0007\u001b\\`;
    case undefined: return '';
  }
}
