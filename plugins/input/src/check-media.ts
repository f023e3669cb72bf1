import type { Block, Turn } from '@pith/kernel';
import { inputError } from './errors.ts';
import { findService } from './find-service.ts';

/** One clear line in the place of a vendor's refusal, where it is known that the model takes none. @throws PithError MEDIA_UNSUPPORTED */
export async function checkMedia(blocks: readonly Block[], turn: Turn): Promise<void> {
  const image = blocks.find(({ type }) => type === 'image');
  const document = blocks.find((block) => block.type === 'document' && block.source.kind === 'base64' && block.source.mediaType === 'application/pdf');
  if (image === undefined && document === undefined) return;
  const { provider, model } = turn;
  const abilities = await turn.recorded('abilities', async () => (await (await findService('pricing', turn))?.findModel?.({ provider, model }))?.abilities ?? {});
  if (image !== undefined && abilities.images === false) throw unsupported(image, 'images', turn);
  if (document !== undefined && abilities.pdf === false) throw unsupported(document, 'PDF documents', turn);
}

function unsupported({ label }: Block, what: string, { provider, model }: Turn): Error {
  return inputError(`The model ${provider}/${model} takes no ${what}, and ${label?.name ?? 'an attachment'} is one`, 'MEDIA_UNSUPPORTED', 'Choose another model with --model or /model; pith models says what each takes.');
}
