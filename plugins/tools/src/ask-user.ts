import { type Answer, defineToolBody } from '@pith/kernel';
import { type AskUserInput, askUserInput } from './inputs.ts';

const DECIDE = 'Decide yourself, and say in your answer what you assumed.';

/**
 * Puts a question to a person; whoever asks shows the options, numbered where only a line can be typed. That nobody is
 * there is an answer, not an error: scripts run the same tools.
 */
export default defineToolBody<AskUserInput>({
  input: askUserInput,
  async execute({ question, options }, { turn, callId }) {
    const answer = await turn.ask({
      kind: options === undefined ? 'text' : 'choice', title: 'The model asks:', body: question, reasons: [], callId, ...(options === undefined ? {} : { options }),
    });
    const given = toGiven(answer, options);
    return { content: [{ type: 'text', text: toText(answer, given, options) }], details: { question, answer: given ?? null } };
  },
});

/** What the person said; an option by its number or its words becomes the option. */
function toGiven({ text, nobody }: Answer, options: readonly string[] = []): string | undefined {
  const said = text?.trim();
  if (nobody === true || said === undefined || said === '') return undefined;
  return options.find((option) => option.toLowerCase() === said.toLowerCase()) ?? options[Number(said) - 1] ?? said;
}

function toText({ verdict, nobody, text }: Answer, given: string | undefined, options: readonly string[] | undefined): string {
  if (nobody === true) return `There is no answer: ${text ?? 'nobody can be asked'}. ${DECIDE}`;
  if (given === undefined) return verdict === 'allow' ? 'The user said yes.' : `The user did not answer. ${DECIDE}`;
  if (options?.includes(given)) return `The user chose: ${given}`;
  return `${options === undefined ? 'The user said' : 'The user chose none of the options and said'}: ${given}`;
}
