import type { Item, View } from '../view.ts';

/** An item without what every item has. */
export type NewItem = Item extends infer Each ? Each extends Item ? Omit<Each, 'id' | 'atMs'> : never : never;

/** The view with more that is finished. */
export function withItems(view: View, atMs: number, ...added: readonly NewItem[]): View {
  if (added.length === 0) return view;
  return { ...view, nextId: view.nextId + added.length, items: [...view.items, ...added.map((item, index) => ({ ...item, id: view.nextId + index, atMs }) as Item)] };
}

export function withStatus(view: View, status: Partial<View['status']>): View {
  return { ...view, status: { ...view.status, ...status } };
}

/** What was being said is finished, and is an item with the same id. */
export function closeOpen(view: View, atMs: number): View {
  const { open } = view;
  if (open === undefined) return view;
  const { id, kind, text, sinceMs } = open;
  const item: Item = kind === 'text' ? { id, atMs, kind, text } : { id, atMs, kind, text, durationMs: atMs - sinceMs };
  return { ...view, open: undefined, items: text.trim() === '' ? view.items : [...view.items, item] };
}

/** More of what is being said; another kind than before begins anew. */
export function growOpen(view: View, kind: 'text' | 'thinking', { text, atMs }: { text: string; atMs: number }): View {
  if (view.open?.kind === kind) return { ...view, open: { ...view.open, text: view.open.text + text } };
  const closed = closeOpen(view, atMs);
  return { ...closed, streamed: closed.streamed + 1, nextId: closed.nextId + 1, open: { id: closed.nextId, kind, text, sinceMs: atMs } };
}
