/** Where a key holds. The most particular place is asked first. */
export type Where = 'chat' | 'input' | 'empty' | 'completion' | 'picker' | 'search' | 'voice' | 'question' | 'pager';

export interface KeyRow {
  where: Where;
  /** In the field's words: `ctrl+o`, `shift+tab`, `alt+enter`, `?`. The usual one first. */
  keys: readonly string[];
  action: string;
  /** For the help page. */
  summary: string;
}

/** As the help page calls the places, in its order. */
export const PLACES: Readonly<Record<Where, string>> = {
  chat: 'Everywhere', input: 'While you type', empty: 'While nothing is typed', completion: 'While a list is open', picker: 'While you choose', search: 'While you search', voice: 'While it records', question: 'In a question', pager: 'In the pager',
};

const row = <const Action extends string>(where: Where, keys: readonly string[], action: Action, summary: string): KeyRow & { action: Action } => ({ where, keys, action, summary });

/** Every key of the chat. The help page, the table in the README and what a key does are all made from it. */
export const KEYS = [
  row('chat', ['escape'], 'interrupt', 'stop the turn, or close what is open; twice clears the input'),
  row('chat', ['ctrl+c'], 'cancel', 'clear the input, or stop the turn; twice leaves'),
  row('chat', ['shift+tab'], 'next-mode', 'the next mode: default, acceptEdits, plan'),
  row('chat', ['ctrl+o'], 'open-transcript', 'everything that was said and done, unfolded'),
  row('chat', ['ctrl+t'], 'toggle-todo', 'show or hide the list of what is to do'),
  row('chat', ['ctrl+l'], 'redraw', 'draw everything again'),
  row('chat', ['ctrl+z'], 'suspend', 'back to the shell; fg returns'),

  row('input', ['enter'], 'send', 'send; while a turn works, it waits for the end of it'),
  row('input', ['alt+enter', 'shift+enter', 'ctrl+j'], 'new-line', 'a new line; so does \\ and then Enter'),
  row('input', ['up', 'ctrl+p'], 'up', 'the line above, or what was typed before'),
  row('input', ['down', 'ctrl+n'], 'down', 'the line below, or what was typed after'),
  row('input', ['ctrl+r'], 'search-history', 'search what was typed before'),
  row('input', ['tab'], 'complete', 'complete a command or a path'),
  row('input', ['ctrl+g'], 'open-editor', 'write in your editor'),
  row('input', ['ctrl+v'], 'paste-image', 'an image from the clipboard'),
  row('input', ['ctrl+s'], 'record-voice', 'speak; the text comes into the input'),
  row('input', ['left', 'ctrl+b'], 'left', 'one character to the left'),
  row('input', ['right', 'ctrl+f'], 'right', 'one character to the right'),
  row('input', ['ctrl+left', 'alt+left', 'alt+b'], 'word-left', 'one word to the left'),
  row('input', ['ctrl+right', 'alt+right', 'alt+f'], 'word-right', 'one word to the right'),
  row('input', ['ctrl+a', 'home'], 'line-start', 'the beginning of the line'),
  row('input', ['ctrl+e', 'end'], 'line-end', 'the end of the line'),
  row('input', ['ctrl+home', 'alt+<'], 'text-start', 'the beginning of everything'),
  row('input', ['ctrl+end', 'alt+>'], 'text-end', 'the end of everything'),
  row('input', ['backspace', 'shift+backspace'], 'delete-left', 'delete the character before'),
  row('input', ['delete', 'ctrl+d'], 'delete-right', 'delete the character behind'),
  row('input', ['ctrl+w'], 'kill-word', 'cut the word before, up to a space'),
  row('input', ['alt+backspace', 'ctrl+backspace'], 'kill-word-left', 'cut the word before'),
  row('input', ['alt+d', 'alt+delete', 'ctrl+delete'], 'kill-word-right', 'cut the word behind'),
  row('input', ['ctrl+u'], 'kill-to-start', 'cut up to the beginning of the line'),
  row('input', ['ctrl+k'], 'kill-to-end', 'cut up to the end of the line'),
  row('input', ['ctrl+y'], 'yank', 'put back what was cut'),
  row('input', ['alt+y'], 'yank-earlier', 'behind it: what was cut before that'),
  row('input', ['ctrl+_'], 'undo', 'undo'),
  row('input', ['alt+_'], 'redo', 'redo'),

  row('empty', ['?'], 'show-keys', 'show the keys'),
  row('empty', ['up'], 'take-back', 'take the last waiting message back, to change it'),
  row('empty', ['ctrl+d'], 'leave', 'leave'),

  row('completion', ['tab', 'enter'], 'take', 'take what is chosen'),
  row('completion', ['up', 'ctrl+p'], 'choose-previous', 'the one above'),
  row('completion', ['down', 'ctrl+n'], 'choose-next', 'the one below'),
  row('completion', ['escape'], 'close', 'close the list'),

  row('picker', ['enter', 'tab'], 'pick', 'take what is marked; what you type filters the list'),
  row('picker', ['up', 'ctrl+p'], 'pick-previous', 'the one above'),
  row('picker', ['down', 'ctrl+n'], 'pick-next', 'the one below'),
  row('picker', ['backspace'], 'pick-shorten', 'shorten what it is filtered by'),
  row('picker', ['escape', 'ctrl+c'], 'pick-close', 'back to what was typed'),

  row('search', ['enter', 'tab'], 'search-take', 'take what was found, to change or send it'),
  row('search', ['ctrl+r', 'up'], 'search-earlier', 'one that is older'),
  row('search', ['down'], 'search-later', 'one that is newer'),
  row('search', ['backspace'], 'search-shorten', 'shorten what is searched for'),
  row('search', ['escape', 'ctrl+c', 'ctrl+g'], 'search-close', 'back to what was typed'),

  row('voice', ['escape', 'ctrl+c'], 'voice-give-up', 'give up'),
  row('voice', ['any other key'], 'voice-stop', 'end the recording, and get the text'),

  row('question', ['enter'], 'answer-chosen', 'give the answer that is marked'),
  row('question', ['up', 'ctrl+p'], 'answer-above', 'the answer above'),
  row('question', ['down', 'ctrl+n', 'tab'], 'answer-below', 'the answer below'),
  row('question', ['1', '2', '3', '4', '5', '6', '7', '8', '9'], 'answer-number', 'the answer with this number'),
  row('question', ['y', 's', 'a', 'p', 'n', 't'], 'answer-letter', 'yes, yes for the session, always, always and wider, no, no and what to do instead'),
  row('question', ['escape'], 'answer-no', 'no; out of the line: back to the answers'),
  row('question', ['space', 'pagedown'], 'question-forth', 'more of what is asked about; a yes counts once its end was shown'),
  row('question', ['b', 'pageup'], 'question-back', 'back a page'),
  row('question', ['j'], 'question-down', 'a row down'),
  row('question', ['k'], 'question-up', 'a row up'),
  row('question', ['G', 'end'], 'question-end', 'the end of it'),
  row('question', ['g', 'home'], 'question-start', 'the beginning of it'),
  row('question', ['v'], 'question-open', 'all of it in the pager'),

  row('pager', ['q', 'escape', 'ctrl+c', 'ctrl+o'], 'pager-close', 'back'),
  row('pager', ['down', 'j', 'enter', 'ctrl+n'], 'pager-down', 'a row down'),
  row('pager', ['up', 'k', 'ctrl+p'], 'pager-up', 'a row up'),
  row('pager', ['space', 'pagedown', 'f', 'ctrl+f'], 'pager-forth', 'a page on'),
  row('pager', ['b', 'pageup', 'ctrl+b'], 'pager-back', 'a page back'),
  row('pager', ['d', 'ctrl+d'], 'pager-half-forth', 'half a page on'),
  row('pager', ['u', 'ctrl+u'], 'pager-half-back', 'half a page back'),
  row('pager', ['g', 'home'], 'pager-start', 'the beginning'),
  row('pager', ['G', 'end'], 'pager-end', 'the end'),
  row('pager', ['/'], 'pager-search', 'search; capital letters count where there are any'),
  row('pager', ['n'], 'pager-next', 'the next place'),
  row('pager', ['N'], 'pager-previous', 'the place before'),
] as const satisfies readonly KeyRow[];

/** What a key can do. `input-cleared` tells that `cancel` has cleared the input: pressed once more, it leaves. */
export type Action = (typeof KEYS)[number]['action'] | 'input-cleared';

const ACTIONS: ReadonlyMap<string, Action> = new Map(KEYS.flatMap(({ where, keys, action }) => keys.map((key): [string, Action] => [`${where} ${key}`, action])));

/** @param key as `toPresses` names it */
export function findAction(where: Where, key: string): Action | undefined {
  return ACTIONS.get(`${where} ${key}`) ?? (where === 'voice' ? 'voice-stop' : undefined);
}

const NAMES: Readonly<Record<string, string>> = { escape: 'Esc', pageup: 'PageUp', pagedown: 'PageDown' };

/** A key as people read it, the same everywhere: `Ctrl-R`, `Shift-Tab`, `Esc`. A letter alone stays as it is typed. */
export function showKey(key: string): string {
  const parts = key.split('+');
  return parts.map((part) => NAMES[part] ?? (parts.length === 1 && (part.length === 1 || part.includes(' ')) ? part : part.charAt(0).toUpperCase() + part.slice(1))).join('-');
}

/** The rows of the help page, by place. */
export function helpRows(): { place: string; rows: { keys: string; summary: string }[] }[] {
  return Object.entries(PLACES).map(([where, place]) => ({
    place, rows: KEYS.filter((each) => each.where === where).map(({ keys, summary }) => ({ keys: keys.map(showKey).join(' '), summary })),
  })).filter(({ rows }) => rows.length > 0);
}
