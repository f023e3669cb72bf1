/** The price of a basket in cents; from three pieces of one article on, each costs a tenth less. */
export function priceOf(articles) {
  let total = 0;
  for (const { cents, pieces } of articles) {
    const price = pieces > 3 ? cents * 0.9 : cents;
    total += Math.round(price * pieces);
  }
  return total;
}
