import type { Block, BlockMarks } from '@pith/kernel';

/**
 * What a vendor needs back travels in the block's `vendor` mark. `raw: null` there means the block's own `raw`, so that a
 * large result of a vendor's tool is kept once.
 */
export function markOf(provider: string, raw: unknown = null): Pick<BlockMarks, 'vendor'> {
  return { vendor: { provider, raw } };
}

/** What to send back to `provider` in place of the block; nothing where the block is not that vendor's own. */
export function rawFor(block: Block, provider: string): unknown {
  if (block.vendor?.provider !== provider) return undefined;
  return block.vendor.raw ?? ('raw' in block ? block.raw : undefined) ?? undefined;
}

/** It bears another vendor's mark, so that vendor's seals mean nothing here. */
export function isForeign(block: Block, provider: string): boolean {
  return block.vendor !== undefined && block.vendor.provider !== provider;
}
