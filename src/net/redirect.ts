/** Any answer that points elsewhere. 304 only says that nothing has changed. */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}
