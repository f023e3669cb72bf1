import type { Block, Turn, UserInput } from '@pith/kernel';
import { checkMedia } from '../check-media.ts';
import { inputError } from '../errors.ts';
import { mayExpand } from '../may-expand.ts';
import { fetchMention } from './fetch-mention.ts';
import { findMentions } from './find-mentions.ts';
import { hasCodemap } from './find-symbol.ts';
import { locate, type Wanted } from './locate.ts';

export const MENTIONS_MAX = 20;
/** Of all mentions of one input together. */
export const CHARACTERS_MAX = 400_000;
export const MEDIA_BASE64_MAX = 20 * 1024 * 1024;

/** The tap that puts what is mentioned with `@` behind the text, once, in the order in which it stands. */
export async function expandMentions(input: UserInput, turn: Turn, home: string | undefined): Promise<UserInput | undefined> {
  if (input.handled !== undefined) return undefined;
  const blocks = mayExpand(input) ? await readMentions(input.typed ?? input.text, turn, home) : [];
  const attachments = [...input.attachments ?? [], ...blocks];
  await checkMedia(attachments, turn);
  return blocks.length === 0 ? undefined : { ...input, typed: input.typed ?? input.text, attachments };
}

async function readMentions(text: string, turn: Turn, home: string | undefined): Promise<Block[]> {
  const candidates = findMentions(text);
  if (candidates.length === 0) return [];
  const found = await turn.recorded('mentions', () => candidates.flatMap((candidate) => locate(candidate, { cwd: turn.cwd, home }) ?? []));
  const named = found.filter(({ place }) => place.kind !== 'symbol');
  if (named.length > MENTIONS_MAX) throw inputError(`The input mentions ${named.length} files, folders and addresses; at most ${MENTIONS_MAX} are taken`, 'MENTION_LIMIT', 'Mention a folder, or name the files without the @: the model can read them itself.');
  // Most words behind an @ are no names in code, and they cost nothing where there is no map of it.
  const wanted = named.length < found.length && await hasCodemap(turn) ? withSymbols(found) : named;
  const blocks: Block[] = [];
  // What is missing is said before anything is read or fetched.
  for (const mention of wanted.toSorted((a, b) => Number(b.place.kind === 'missing') - Number(a.place.kind === 'missing'))) {
    blocks.push(...await fetchMention(mention, turn) ?? []);
    checkSize(blocks, mention);
  }
  return blocks;
}

function withSymbols(found: readonly Wanted[]): readonly Wanted[] {
  let left = MENTIONS_MAX;
  return found.filter(({ place }) => place.kind !== 'symbol' || left-- > 0);
}

function checkSize(blocks: readonly Block[], { shown }: Wanted): void {
  let [characters, media] = [0, 0];
  for (const block of blocks) {
    if (block.type === 'text') characters += block.text.length;
    else if ((block.type === 'image' || block.type === 'document') && block.source.kind === 'base64') media += block.source.data.length;
  }
  const hint = 'Mention fewer, or lines of a file as in @file:10-20; or name files without the @: the model can read them itself.';
  if (characters > CHARACTERS_MAX) throw inputError(`With ${shown} what is mentioned is longer than ${CHARACTERS_MAX} characters`, 'MENTION_LIMIT', hint);
  if (media > MEDIA_BASE64_MAX) throw inputError(`With ${shown} the images and documents that are mentioned are larger than ${MEDIA_BASE64_MAX / 1024 / 1024} MiB`, 'MENTION_LIMIT', hint);
}
