import { resolve } from 'node:path';
import { type Block, escapeControl, type Turn, type UserInput } from '@pith/kernel';
import { checkMedia } from '../check-media.ts';
import { inputError } from '../errors.ts';
import { mayExpand } from '../may-expand.ts';
import { fetchMention, toNear } from './fetch-mention.ts';
import { type Candidate, findMentions } from './find-mentions.ts';
import { hasCodemap } from './find-symbol.ts';
import { locate, type Mention } from './locate.ts';
import { createNearNames } from './near-names.ts';

const MENTIONS_MAX = 20;
/** Of all mentions of one input together. */
const CHARACTERS_MAX = 400_000;
const MEDIA_BASE64_MAX = 20 * 1024 * 1024;
/** Names that one notice holds. */
const NAMED_MAX = 5;

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
  const found = await turn.recorded('mentions', () => locateAll(candidates, { cwd: turn.cwd, home }));
  checkFound(found);
  // Most words behind an @ are no names in code, and they cost nothing where there is no map of it.
  const isMapped = found.some(({ place }) => place.kind === 'symbol') && await hasCodemap(turn);
  sayDoubtful(found.filter(({ place }) => place.kind === 'doubtful' || (!isMapped && place.kind === 'symbol' && place.near.length > 0)), turn);
  const blocks: Block[] = [];
  for (const mention of isMapped ? withSymbols(found) : found.filter(({ place }) => place.kind !== 'symbol')) {
    blocks.push(...await fetchMention(mention, turn) ?? []);
    checkSize(blocks, mention);
  }
  return blocks;
}

/** What is mentioned in two ways is one mention. */
function locateAll(candidates: readonly Candidate[], at: { cwd: string; home: string | undefined }): Mention[] {
  const found = new Map<string, Mention>();
  const nearNames = createNearNames(at.cwd);
  for (const candidate of candidates) {
    const mention = locate(candidate, { ...at, nearNames });
    if (mention === undefined) continue;
    const { place } = mention;
    const key = JSON.stringify('path' in place ? { ...place, path: resolve(at.cwd, place.path) } : { ...place, shown: 'near' in place ? mention.shown : '' });
    if (!found.has(key)) found.set(key, mention);
  }
  return [...found.values()];
}

/** Said before anything is read or fetched. */
function checkFound(found: readonly Mention[]): void {
  for (const { shown, place } of found) {
    if (place.kind === 'missing') throw inputError(`There is nothing at ${shown}`, 'MENTION_MISSING', `${toNear(place)}With a backslash in front, \\${shown} is sent as text.`);
  }
  const count = found.filter(({ place: { kind } }) => kind === 'file' || kind === 'folder' || kind === 'url').length;
  if (count > MENTIONS_MAX) throw inputError(`The input mentions ${count} files, folders and addresses; at most ${MENTIONS_MAX} are taken`, 'MENTION_LIMIT', 'Mention a folder, or name the files without the @: the model can read them itself.');
}

/** One line, however many there are: in code that was pasted it may be many. */
function sayDoubtful(doubtful: readonly Mention[], turn: Turn): void {
  if (doubtful.length === 0) return;
  const [names, more] = [doubtful.slice(0, NAMED_MAX).map(({ shown }) => escapeControl(shown)).join(', '), doubtful.length > NAMED_MAX ? ' and others' : ''];
  const near = doubtful.length === 1 ? toNear(doubtful[0]!.place) : '';
  turn.emit({ type: 'notice', level: 'info', text: `${names}${more} ${doubtful.length === 1 ? 'is sent as it was typed: there is nothing at that path' : 'are sent as they were typed: there is nothing at those paths'}. ${near}`.trimEnd() });
}

function withSymbols(found: readonly Mention[]): readonly Mention[] {
  let left = MENTIONS_MAX;
  return found.filter(({ place }) => place.kind !== 'symbol' || left-- > 0);
}

function checkSize(blocks: readonly Block[], { shown }: Mention): void {
  let [characters, media] = [0, 0];
  for (const block of blocks) {
    if (block.type === 'text') characters += block.text.length;
    else if ((block.type === 'image' || block.type === 'document') && block.source.kind === 'base64') media += block.source.data.length;
  }
  const hint = 'Mention fewer, or lines of a file as in @file:10-20; or name files without the @: the model can read them itself.';
  if (characters > CHARACTERS_MAX) throw inputError(`With ${shown} what is mentioned is longer than ${CHARACTERS_MAX} characters`, 'MENTION_LIMIT', hint);
  if (media > MEDIA_BASE64_MAX) throw inputError(`With ${shown} the images and documents that are mentioned are larger than ${MEDIA_BASE64_MAX / 1024 / 1024} MiB`, 'MENTION_LIMIT', hint);
}
