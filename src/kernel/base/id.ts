/** Sorts by time, and is short enough to be typed: nine characters of milliseconds, ten of chance. No secret. */
export function createId(): string {
  let id = Date.now().toString(36).padStart(9, '0');
  for (let part = 0; part < 2; part++) id += Math.floor(Math.random() * 36 ** 5).toString(36).padStart(5, '0');
  return id;
}
