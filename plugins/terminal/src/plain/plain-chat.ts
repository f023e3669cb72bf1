import { type Answer, EXIT, type Question, toMessage } from '@pith/kernel';
import { createTheme, type Line, loadLexer, paintLine, type Theme, toThemeOptions } from '@pith/screen';
import type { Conversation } from '../conversation.ts';
import { type ChoiceCommand, findChoiceCommand, listChoices } from '../input/choices.ts';
import { KeyReader } from '../pager/key-reader.ts';
import { toTranscript } from '../pager/transcript.ts';
import { watchPlace } from '../place-facts.ts';
import { type Quiet, startQuiet } from '../question/quiet.ts';
import { SETTLE_MS } from '../question/state.ts';
import { answerOfLine, layoutQuestionLines, promptOf, readAnswer } from './ask.ts';
import { HELP } from './help.ts';
import { type LineKey, NO_LINE, type TypedLine, typeKeys } from './line-reader.ts';
import { layoutTodoLines, Speaker, words } from './speaker.ts';

const PROMPT = 'You: ';
const TELL_PROMPT = 'What to do instead: ';
/** A second Ctrl-C within this time leaves. */
const LEAVE_MS = 2000;
const MAX_HISTORY = 500;
/** Nobody listens to more. */
const CHOICES_SHOWN = 20;

/** The question that was read out; it takes lines that begin once its prompt stands there. */
interface Asked { id: number; question: Question; quiet: Quiet; state: 'read out' | 'open' | 'answered'; isTelling: boolean }

/**
 * The chat as lines in their order, for screen readers, simple terminals, and whoever wants no drawing: nothing on the screen is ever gone
 * back to, and no code is written to the terminal. While something is being typed nothing else is written.
 * @returns the exit code
 */
export async function chatPlainly(conversation: Conversation): Promise<number> {
  const chat = new PlainChat(conversation, new Speaker(await loadLexer(), themeOf(conversation)));
  return chat.run();
}

class PlainChat {
  readonly #conversation: Conversation;
  readonly #speaker: Speaker;
  readonly #theme: Theme;
  readonly #history: string[] = [];
  readonly #keys = new KeyReader();
  #line: TypedLine = NO_LINE;
  #isAnswer = false;
  #prompt = '';
  #isPrompted = false;
  #asked: Asked | undefined;
  #cancelMs = -Infinity;
  #isOver = false;
  /** A list is being read, or chosen from. */
  #isChoosing = false;
  #timer: NodeJS.Timeout | undefined;
  #notes: Line[] = [];

  constructor(conversation: Conversation, speaker: Speaker) {
    this.#conversation = conversation;
    this.#speaker = speaker;
    this.#theme = themeOf(conversation);
  }

  async run(): Promise<number> {
    const conversation = this.#conversation;
    const { stdin, stdout, version, session } = conversation.setup;
    this.#note(`pith ${version}, model ${session.model}, folder ${session.cwd}, mode ${session.mode}. Type ? and Enter for help.`);
    const { earlier } = conversation.snapshot();
    if (earlier !== undefined && earlier.exchanges > 0) this.#note(`Goes on; ${earlier.exchanges} earlier exchange${earlier.exchanges === 1 ? '' : 's'} are not read out.`);
    const onReadable = (): void => this.#read();
    const onEnd = (): void => conversation.leave();
    const onGone = (): void => conversation.leave(EXIT.failed); // Whoever listened has gone, and the terminal with them.
    const setRaw = (isRaw: boolean): void => void (stdin.isTTY && stdin.setRawMode(isRaw));
    const onContinue = (): void => {
      setRaw(true);
      this.#isPrompted = false;
      this.#show();
    };
    const unsubscribe = conversation.subscribe(() => this.#show());
    stdin.setEncoding('utf8');
    setRaw(true);
    stdin.on('readable', onReadable).once('end', onEnd);
    process.on('SIGCONT', onContinue);
    stdout.on('error', onGone);
    try {
      watchPlace(conversation);
      conversation.start();
      this.#show();
      const code = await conversation.left;
      this.#isOver = true;
      this.#line = NO_LINE; // What was still held back is said before the end.
      const { goOn } = conversation.setup;
      if (goOn !== undefined && conversation.hasSaid) this.#note(`Go on with: ${goOn}`);
      this.#show();
      return code;
    } finally {
      clearTimeout(this.#timer);
      this.#asked?.quiet.stop();
      unsubscribe();
      process.off('SIGCONT', onContinue);
      stdout.off('error', onGone);
      stdin.off('readable', onReadable).off('end', onEnd);
      setRaw(false);
      stdin.pause();
    }
  }

  get #columns(): number { return this.#conversation.setup.stdout.columns || 80; }

  get #look(): { width: number; theme: Theme } { return { width: Math.max(20, this.#columns), theme: this.#theme }; }

  #write(text: string): void {
    this.#conversation.setup.stdout.write(text);
  }

  /** A line of this front end's own. */
  #note(text: string): void {
    this.#notes.push(...words(text, this.#look));
  }

  /** Writes what is new, then what is asked, then who is to type; nothing of it into a line that is being typed. */
  #show(): void {
    if (this.#line.text !== '') return;
    const view = this.#conversation.snapshot();
    const lines = [...this.#notes, ...this.#speaker.speak(view, this.#columns)];
    this.#notes = [];
    if (this.#asked !== undefined && view.question?.id !== this.#asked.id) {
      this.#asked.quiet.stop();
      this.#asked = undefined;
      this.#isPrompted &&= this.#endPrompt();
    }
    if (this.#asked === undefined && view.question !== undefined) {
      const { id, question } = view.question;
      this.#asked = { id, question, quiet: startQuiet(SETTLE_MS, () => this.#open(id)), state: 'read out', isTelling: false };
      const { waiting } = this.#conversation.session.questions;
      lines.push(...layoutQuestionLines(question, this.#look), ...(waiting === 0 ? [] : words(`${waiting} more question${waiting === 1 ? ' waits' : 's wait'}.`, this.#look)));
    }
    if (lines.length > 0) {
      if (this.#isPrompted) this.#isPrompted = this.#endPrompt();
      this.#write(lines.map((line) => `${paintLine(line, this.#theme)}\n`).join(''));
    }
    const isWaiting = this.#asked === undefined ? view.status.phase === 'idle' && !this.#isChoosing : this.#asked.state === 'open';
    if (isWaiting && !this.#isPrompted && !this.#isOver) {
      this.#prompt = this.#asked === undefined ? PROMPT : this.#asked.isTelling ? TELL_PROMPT : promptOf(this.#asked.question);
      this.#write(this.#prompt);
      this.#isPrompted = true;
    }
  }

  /** Nobody types any more what was meant for the conversation. */
  #open(id: number): void {
    if (this.#asked?.id === id) this.#asked.state = 'open';
    this.#show();
  }

  /** @returns that no prompt stands there any more */
  #endPrompt(): false {
    this.#write('\n');
    return false;
  }

  #read(): void {
    const { stdin } = this.#conversation.setup;
    clearTimeout(this.#timer);
    for (let chunk = stdin.read() as string | Buffer | null; chunk !== null; chunk = stdin.read() as string | Buffer | null) this.#type(this.#keys.push(chunk.toString()));
    if (this.#keys.waitMs !== undefined) this.#timer = setTimeout(() => this.#type(this.#keys.flush()), this.#keys.waitMs);
  }

  #type(keys: readonly string[]): void {
    this.#asked?.quiet.touch();
    if (this.#line.text === '') this.#isAnswer = this.#asked?.state === 'open';
    const setting = { history: this.#history, prompt: this.#isPrompted ? this.#prompt : '', columns: this.#columns, ascii: !this.#theme.unicode };
    for (const { line, echo, sent, action } of typeKeys(this.#line, keys, setting)) {
      this.#line = line;
      if (echo !== '') this.#write(echo);
      if (echo.endsWith('\n') && line.text === '') this.#isPrompted = false;
      if (sent !== undefined) this.#take(sent);
      if (action !== undefined) this.#act(action);
    }
    this.#show();
  }

  #take(sent: string): void {
    // Begun before the question could be heard, it was meant for the conversation.
    if (this.#asked?.state === 'open' && this.#isAnswer) return this.#answer(this.#asked, sent);
    const text = sent.trim();
    if (text === '') return;
    if (text === '?') return HELP.forEach((line) => this.#note(line));
    if (this.#history.at(-1) !== sent) this.#history.push(sent);
    if (this.#history.length > MAX_HISTORY) this.#history.shift();
    const command = this.#conversation.isAtWork ? undefined : findChoiceCommand(text);
    if (command !== undefined) return void this.#choose(command);
    this.#send(sent);
  }

  #send(sent: string): void {
    if (this.#conversation.isAtWork) this.#note('Queued: it goes out when the turn ends.');
    else this.#speaker.skipInput();
    this.#conversation.send({ text: sent });
  }

  /** A numbered list in the place of a command's answer; where there is nothing to choose, the command says why. */
  async #choose(command: ChoiceCommand): Promise<void> {
    this.#isChoosing = true;
    try {
      const chosen = await this.#askFor(command);
      if (chosen === undefined) this.#note('Nothing was chosen.');
      else this.#send(chosen);
    } catch (error) {
      if (!this.#conversation.isLeaving) this.#note(`Error: ${toMessage(error)}`);
    } finally {
      this.#isChoosing = false;
      this.#show();
    }
  }

  /** @returns what is sent then; nothing where nothing was chosen */
  async #askFor(command: ChoiceCommand): Promise<string | undefined> {
    const conversation = this.#conversation;
    const choices = (await listChoices(command, conversation)).slice(0, CHOICES_SHOWN);
    if (choices.length === 0 || conversation.isAtWork) return `/${command}`;
    const options = choices.map(({ shown, detail, text }) => `${shown} (${[detail, ...(command === 'resume' ? [text.split(' ')[1]!] : [])].filter((part) => part !== '').join(', ')})`);
    const { verdict, text } = await conversation.choose({ kind: 'choice', title: command === 'resume' ? 'Go on with which session?' : 'Which model?', body: '', reasons: [], options, isClosed: true });
    return verdict === 'allow' && text !== undefined ? choices[options.indexOf(text)]?.text : undefined;
  }

  #answer(asked: Asked, sent: string): void {
    const given: Answer | 'more' | undefined = asked.isTelling ? answerOfLine(sent, asked.question) : readAnswer(sent, asked.question);
    if (given === undefined) this.#note('That number or letter stands for nothing here. Type one of the numbers above, or words for a no.');
    else if (given === 'more') asked.isTelling = true;
    else {
      asked.state = 'answered'; // It is gone only when whoever asked has heard it.
      this.#conversation.answer(asked.id, given);
    }
  }

  #act(action: LineKey): void {
    const conversation = this.#conversation;
    switch (action) {
      case 'interrupt': if (conversation.interrupt()) this.#note('Interrupting.'); break;
      case 'cancel': this.#cancel(); break;
      case 'end': conversation.leave(); break;
      case 'next-mode': conversation.nextMode(); this.#note(`Mode: ${conversation.snapshot().status.mode}`); break;
      case 'todo': this.#notes.push(...layoutTodoLines(conversation.snapshot().todo, this.#look)); break;
      case 'transcript': void this.#unfold(); break;
      case 'suspend': this.#suspend(); break;
    }
  }

  #cancel(): void {
    const now = performance.now();
    if (now - this.#cancelMs < LEAVE_MS) return this.#conversation.leave();
    this.#cancelMs = now;
    this.#note(`${this.#conversation.interrupt() ? 'Interrupting. ' : ''}Ctrl-C again leaves.`);
  }

  /** The last exchange with nothing folded. */
  async #unfold(): Promise<void> {
    try {
      const items = this.#conversation.transcript();
      const text = toTranscript(items.slice(Math.max(0, items.findLastIndex(({ kind }) => kind === 'input'))), { lex: await loadLexer() });
      for (let index = 0; index < text.length; index++) this.#notes.push(...text.layout(index, this.#look));
    } catch (error) {
      this.#note(`Error: ${toMessage(error)}`);
    }
    this.#show();
  }

  #suspend(): void {
    if (process.platform === 'win32') return;
    this.#conversation.setup.stdin.setRawMode(false);
    process.kill(0, 'SIGTSTP'); // The whole group, as the terminal itself would.
  }
}

function themeOf({ setup: { env, stdout } }: Conversation): Theme {
  return createTheme(toThemeOptions(env, { isTerminal: stdout.isTTY, platform: process.platform, words: true }));
}
