/** Controls, invisible characters, spaces that are not the space, halves of a pair: no rule covers text that holds one. */
const HIDDEN = /[[\p{C}\p{DI}\p{Zl}\p{Zp}\p{Zs}\u2800]--[ ]]/v;

/** Also where it could not be told from its neighbours. What is part of an emoji is seen as that. */
export function holdsHidden(text: string): boolean {
  return HIDDEN.test(text) && HIDDEN.test(text.replace(/\p{RGI_Emoji}/vg, ''));
}

/** Of a command line, which has lines and may have tabs. */
export function lineHoldsHidden(text: string): boolean {
  return holdsHidden(text.replace(/[\t\n]/g, ' '));
}
