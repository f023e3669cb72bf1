export interface SeatbeltBounds {
  writable: readonly string[];
  hidden: readonly { path: string }[];
  /** One of the writable folders. */
  temporary: string;
  /** Of the proxy on 127.0.0.1; without one there is no network. */
  port: number | undefined;
}

/**
 * The argument list that runs `argv` on macOS, under `sandbox-exec`. The profile is the library's: Seatbelt has hundreds of
 * services that lead out, and somebody has to keep the list of those that do not.
 */
export async function seatbeltArgv(argv: readonly string[], { writable, hidden, temporary, port }: SeatbeltBounds): Promise<string[]> {
  const { wrapCommandWithSandboxMacOS } = await import('@anthropic-ai/sandbox-runtime/dist/sandbox/macos-sandbox-utils.js');
  const line = wrapCommandWithSandboxMacOS({
    // The library has a folder of its own in mind.
    command: `TMPDIR=${quote(temporary)} exec ${argv.map(quote).join(' ')}`,
    binShell: 'sh', needsNetworkRestriction: true, allowGitConfig: true, ...(port === undefined ? {} : { httpProxyPort: port }),
    readConfig: { denyOnly: [], literalDenyOnly: hidden.map(({ path }) => path) },
    writeConfig: { allowOnly: [], literalAllowOnly: [...writable], denyWithinAllow: [] },
  });
  return ['/bin/sh', '-c', `exec ${line}`];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
