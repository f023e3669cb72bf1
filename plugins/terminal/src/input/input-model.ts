import { isPithError, toMessage } from '@pith/kernel';
import { type Action, findAction } from '../keys.ts';
import type { Conversation } from '../conversation.ts';
import { Completer } from './completion/completer.ts';
import { PathIndex } from './completion/paths.ts';
import { EDITS } from './edits.ts';
import { createEditor, type Editor, insert, moveTo, replace, setText } from './editor.ts';
import type { InputOptions, InputState, Suspend } from './input-state.ts';
import { layoutText, moveVertically } from './layout.ts';
import { type ChoiceCommand, findChoiceCommand, listChoices } from './choices.ts';
import { cleanPaste, isLong, PASTE_BYTES_MAX, readDropped } from './pasted.ts';
import { fillPicker, openPicker, type Picker, pressPicker } from './picker.ts';
import type { Press } from './presses.ts';
import { fetchImage, homeOf, writeElsewhere } from './elsewhere.ts';
import { Remembered } from './remembered.ts';
import { createShow } from './show.ts';
import { toForeign, Units } from './units.ts';
import { VoiceInput } from './voice-input.ts';

/** A piece of text that came at once and is longer was not typed. */
const TYPED_MAX = 8;
/** A longer text from an editor stands as one unit: nobody goes on with it here. */
const EDITED_MAX = 50_000;

/** The input line without its drawing: keys and pasted text in, what is to be seen out. It lives as long as the conversation. */
export class InputModel {
  readonly units = new Units();
  readonly show;
  /** Columns that a row of text has. */
  width = 80;
  readonly #conversation: Conversation;
  readonly #options: InputOptions;
  readonly #remembered: Remembered;
  readonly #completer: Completer;
  readonly #paths: PathIndex;
  readonly #voice: VoiceInput;
  readonly #listeners = new Set<() => void>();
  #state: InputState = { editor: createEditor(), readsCommands: true, menu: undefined, search: undefined, picker: undefined, recording: undefined, isFetching: false, isClearing: false };
  /** Enter was pressed while something was being fetched. */
  #isSending = false;
  #isOutside = false;

  constructor(conversation: Conversation, options: InputOptions = {}) {
    const { session, setup } = conversation;
    this.#conversation = conversation;
    this.#state = { ...this.#state, readsCommands: conversation.readsCommands };
    this.#options = options;
    this.show = createShow(this.units, { ascii: options.ascii ?? false });
    this.#remembered = new Remembered(session, (text) => conversation.say('warning', text));
    this.#paths = new PathIndex(session.cwd, { home: homeOf(setup.env), onChange: () => this.#completer.pathsChanged() });
    this.#completer = new Completer({ paths: this.#paths, listCommands: () => conversation.commands({ signal: setup.turn.signal }), onChange: () => this.#set({}) });
    this.#voice = new VoiceInput(session, () => this.#set({}));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** The same object until something has changed. */
  readonly snapshot = (): InputState => this.#state;

  /** Settles when what was sent in earlier chats is known. */
  get ready(): Promise<void> { return this.#remembered.ready; }

  get isEmpty(): boolean { return this.#state.editor.text === ''; }

  /** @returns what is not the input's own: the chat does it */
  press(press: Press, suspend: Suspend): Action | undefined {
    if (this.#isOutside) return undefined;
    if ('pasted' in press) return void this.paste(press.pasted);
    const name = 'key' in press ? press.key : press.text;
    const { search, picker, recording, isClearing } = this.#state;
    if (recording !== undefined) return void (findAction('voice', name) === 'voice-give-up' ? this.#voice.giveUp() : this.#voice.stop());
    if (picker !== undefined) return this.#pressInPicker(press, picker);
    if (isClearing) this.#set({ isClearing: false });
    if (search !== undefined && this.#pressInSearch(press, search.query)) return undefined;
    const { menu } = this.#state;
    if (menu !== undefined && 'key' in press && this.#pressInMenu(press.key)) return undefined;
    const action = (this.isEmpty ? findAction('empty', name) : undefined) ?? ('key' in press ? findAction('input', name) ?? findAction('chat', name) : undefined);
    if (action === undefined) return void ('text' in press && this.#type(press.text));
    return this.#do(action, { suspend, wasClearing: isClearing });
  }

  /** What is pasted is never sent by a line end in it, and what is long, or is a file, stands as one unit. */
  paste(given: string): void {
    const text = cleanPaste(given);
    if (this.#isOutside || this.#state.recording !== undefined) return;
    if (this.#state.picker !== undefined) return this.#pressInPicker({ pasted: text }, this.#state.picker);
    if (this.#state.search !== undefined) return this.#search(this.#state.search.query + text.replaceAll(/\s+/g, ' '));
    // Of an image some terminals paste nothing at all.
    if (text === '') return this.#pasteImage({ isQuiet: true });
    if (text.length > PASTE_BYTES_MAX) return this.#conversation.say('error', `What you pasted is longer than ${PASTE_BYTES_MAX / 1024 / 1024} MiB, and nothing of it was taken`, 'Save it in a file and mention that with @.');
    try {
      const files = readDropped(text, { cwd: this.#conversation.session.cwd, home: homeOf(this.#conversation.setup.env), ...(this.#options.platform === undefined ? {} : { platform: this.#options.platform }) });
      if (files !== undefined) return this.#edit(insert(this.#state.editor, files.map(({ block, name }) => `${this.units.addMedia(block, name)} `).join('')));
    } catch (error) {
      this.#say('warning', error);
    }
    this.#edit(insert(this.#state.editor, isLong(text) ? this.units.addText(text) : text));
  }

  /** Ends what goes on in the background. */
  close(): void {
    this.#paths.close();
    this.#voice.giveUp();
  }

  #type(given: string): void {
    const text = toForeign(given);
    if (text.length > TYPED_MAX) this.paste(text);
    else this.#edit(insert(this.#state.editor, text, { isTyped: true }));
  }

  #do(action: Action, { suspend, wasClearing }: { suspend: Suspend; wasClearing: boolean }): Action | undefined {
    const { editor } = this.#state;
    const edit = EDITS[action];
    if (edit !== undefined) return this.#edit(edit(editor));
    switch (action) {
      case 'send': this.#send(); break;
      case 'up': this.#vertically(-1); break;
      case 'down': this.#vertically(1); break;
      case 'complete': this.#complete(); break;
      case 'search-history':
        this.#completer.close();
        this.#set({ search: { query: '', isMissing: false } });
        break;
      case 'take-back': this.#takeBack(); break;
      case 'open-editor': void this.#openEditor(suspend); break;
      case 'paste-image': this.#pasteImage(); break;
      case 'record-voice': this.#listen(); break;
      case 'interrupt':
        if (this.isEmpty || this.#conversation.isAtWork) return action;
        if (wasClearing) this.#clear();
        else this.#set({ isClearing: true });
        break;
      case 'cancel':
        if (this.isEmpty) return action;
        this.#clear();
        return 'input-cleared';
      default: return action;
    }
    return undefined;
  }

  #send(): void {
    const { editor, isFetching } = this.#state;
    const { text, cursor } = editor;
    if (/(?<!\\)(?:\\\\)*\\$/.test(text.slice(0, cursor))) return this.#edit(replace(editor, { from: cursor - 1, to: cursor, text: '\n' }));
    if (isFetching) {
      this.#isSending = true;
      return;
    }
    if (text.trim() === '' || this.#conversation.isLeaving) return;
    if (text.trim() === '/voice') {
      this.#edit(createEditor('', editor.kills));
      return this.#listen();
    }
    const command = findChoiceCommand(text);
    if (command !== undefined) return void this.#pick(command);
    this.#sendText(text);
  }

  #sendText(text: string): void {
    this.#remembered.add(text, this.units.toText(text));
    this.#edit(createEditor('', this.#state.editor.kills));
    this.#conversation.send(this.units.toInput(text.trimEnd()));
  }

  /** A list in the place of a command's answer; where there is nothing to choose, the command says why. */
  async #pick(command: ChoiceCommand): Promise<void> {
    const opened = openPicker(command);
    this.#completer.close();
    this.#set({ picker: opened });
    const all = await listChoices(command, this.#conversation);
    const { picker } = this.#state;
    if (picker?.all !== undefined || picker?.command !== command) return; // It was closed meanwhile.
    if (all.length > 0) return this.#set({ picker: fillPicker(picker, all) });
    this.#set({ picker: undefined });
    this.#sendText(`/${command}`);
  }

  #pressInPicker(press: Press, picker: Picker): undefined {
    const result = pressPicker(picker, press);
    if (result === 'closed') return this.#set({ picker: undefined });
    if ('picker' in result) return this.#set({ picker: result.picker });
    this.#set({ picker: undefined });
    if (!this.#conversation.isLeaving) this.#sendText(result.taken.text);
    return undefined;
  }

  /** What was written is not lost: it is the newest of what can be gone through. */
  #clear(): void {
    const { text } = this.#state.editor;
    this.#remembered.add(text, this.units.toText(text));
    this.#edit(setText(this.#state.editor, ''));
  }

  #vertically(by: 1 | -1): void {
    const { editor } = this.#state;
    const moved = this.#remembered.isAt(editor.text, editor.cursor) ? undefined : moveVertically(layoutText(editor.text, { cursor: editor.cursor, width: this.width, show: this.show }), { by, keep: editor.column });
    if (moved !== undefined) return this.#edit(moveTo(editor, moved.at, moved.column));
    const text = this.#remembered.walk(by, editor.text);
    if (text === undefined) return;
    this.#completer.close();
    this.#set({ editor: setText(editor, text) });
  }

  #complete(): void {
    const { editor } = this.#state;
    this.#completer.update(editor.text, editor.cursor, { isAsked: true });
    if (this.#completer.menu?.items.length === 1) this.#take();
    else this.#set({});
  }

  #takeBack(): void {
    const taken = this.#conversation.takeBack();
    if (taken === undefined) return this.#vertically(-1);
    const { attachments = [] } = taken;
    const text = this.units.fromText(taken.text);
    const others = attachments.filter((block) => !this.units.holds(text, block)).map((block) => this.units.addAttachment(block));
    this.#edit(setText(this.#state.editor, [text, ...others].join(' ')));
  }

  #pressInMenu(key: string): boolean {
    switch (findAction('completion', key)) {
      case 'take':
        if (key === 'enter' && this.#completer.isComplete) {
          this.#completer.close();
          return false;
        }
        this.#take();
        return true;
      case 'choose-previous': this.#completer.choose(-1); break;
      case 'choose-next': this.#completer.choose(1); break;
      case 'close': this.#completer.close(); break;
      default: return false;
    }
    this.#set({});
    return true;
  }

  #take(): void {
    const taken = this.#completer.take();
    if (taken !== undefined) this.#edit(moveTo(replace(this.#state.editor, taken), taken.cursor));
  }

  /** @returns whether the search goes on, or the key was for it */
  #pressInSearch(press: Press, query: string): boolean {
    if ('text' in press) {
      this.#search(query + toForeign(press.text));
      return true;
    }
    switch ('key' in press ? findAction('search', press.key) : undefined) {
      case 'search-earlier': this.#showFound(this.#remembered.searchOn(query, 1), query); return true;
      case 'search-later': this.#showFound(this.#remembered.searchOn(query, -1), query); return true;
      case 'search-shorten': this.#search([...query].slice(0, -1).join('')); return true;
      case 'search-take': this.#closeSearch(); return true;
      case 'search-close': this.#edit(setText(this.#state.editor, this.#remembered.endSearch())); this.#closeSearch(); return true;
      default: this.#closeSearch(); return false;
    }
  }

  #search(query: string): void {
    this.#showFound(this.#remembered.search(query, this.#state.editor.text), query);
  }

  #showFound(text: string | undefined, query: string): void {
    this.#set({ search: { query, isMissing: text === undefined && query !== '' }, ...(text === undefined ? {} : { editor: setText(this.#state.editor, text) }) });
  }

  #closeSearch(): void {
    this.#remembered.endSearch();
    this.#set({ search: undefined });
  }

  async #openEditor(suspend: Suspend): Promise<void> {
    this.#isOutside = true;
    try {
      const written = await writeElsewhere(this.units.toText(this.#state.editor.text), { conversation: this.#conversation, editor: this.#options.editor, suspend });
      this.#edit(setText(this.#state.editor, written.length > EDITED_MAX ? this.units.addText(written) : this.units.fromText(written)));
    } catch (error) {
      this.#conversation.say('error', `Your text is as it was: ${toMessage(error)}`);
    } finally {
      this.#isOutside = false;
    }
  }

  #pasteImage({ isQuiet = false } = {}): void {
    if (this.#state.isFetching) return;
    this.#set({ isFetching: true });
    fetchImage(this.#conversation, this.#options.platform).then((block) => {
      if (block !== undefined) this.#edit(insert(this.#state.editor, `${this.units.addMedia(block, 'clipboard')} `));
      else if (!isQuiet) this.#conversation.say('info', 'There is no image in the clipboard');
    }).catch((error: unknown) => {
      if (!isQuiet) this.#say('warning', error);
    }).finally(() => {
      this.#set({ isFetching: false });
      if (this.#isSending) this.#send();
      this.#isSending = false;
    }).catch((error: unknown) => this.#say('error', error));
  }

  #listen(): void {
    this.#voice.listen().then(
      (words) => { if (words !== undefined) this.#edit(insert(this.#state.editor, toForeign(words))); },
      (error: unknown) => this.#say('warning', error),
    ).catch((error: unknown) => this.#say('error', error));
  }

  #say(level: 'warning' | 'error', error: unknown): void {
    this.#conversation.say(level, toMessage(error), isPithError(error) ? error.hint : undefined);
  }

  #edit(editor: Editor): undefined {
    this.#completer.update(editor.text, editor.cursor);
    this.#set({ editor });
    return undefined;
  }

  #set(change: Partial<InputState>): undefined {
    this.#state = { ...this.#state, ...change, menu: this.#completer.menu, recording: this.#voice.recording };
    for (const listener of this.#listeners) listener();
    return undefined;
  }
}
