import { childEnvironment, findProgram } from '@pith/child';
import type { ChildRules } from '@pith/kernel';

type Env = Readonly<Record<string, string | undefined>>;

/** A program that writes the image of the clipboard, and how it writes it. */
interface Way { argv: readonly string[]; read: (output: Buffer) => Buffer }

const raw = (output: Buffer): Buffer => output;
const fromBase64 = (output: Buffer): Buffer => Buffer.from(output.toString('latin1').trim(), 'base64');
/** As AppleScript writes data: `«data PNGf89504E47…»`. */
const fromAppleScript = (output: Buffer): Buffer => Buffer.from(/PNGf([0-9A-F]+)/i.exec(output.toString('latin1'))?.[1] ?? '', 'hex');

const POWERSHELL = 'Add-Type -AssemblyName System.Windows.Forms,System.Drawing; $i = [Windows.Forms.Clipboard]::GetImage(); if ($i) { $s = New-Object IO.MemoryStream; $i.Save($s, [Drawing.Imaging.ImageFormat]::Png); [Convert]::ToBase64String($s.ToArray()) }';
const WINDOWS: Way = { argv: ['powershell', '-NoProfile', '-NonInteractive', '-Sta', '-Command', POWERSHELL], read: fromBase64 };
const WSL: Way = { ...WINDOWS, argv: ['powershell.exe', ...WINDOWS.argv.slice(1)] };
const WAYLAND: Way = { argv: ['wl-paste', '--no-newline', '--type', 'image/png'], read: raw };
const X11: Way = { argv: ['xclip', '-selection', 'clipboard', '-t', 'image/png', '-o'], read: raw };
const MACOS: readonly Way[] = [{ argv: ['pngpaste', '-'], read: raw }, { argv: ['osascript', '-e', 'the clipboard as «class PNGf»'], read: fromAppleScript }];

/** What it may take, and how much it may give: an image of the largest size in hexadecimal. */
const TIMEOUT_MS = 5000;
const OUTPUT_BYTES_MAX = 42 * 1024 * 1024;

/**
 * The image that is in the clipboard, by the first program for it that is there.
 * @returns nothing where there is none in it
 * @throws an error that says that no program is there, or what to install
 */
export async function readClipboardImage({ env, childRules, platform = process.platform }: { env: Env; childRules: ChildRules; platform?: NodeJS.Platform }): Promise<Buffer | undefined> {
  const ways = waysOf(platform, env);
  let isThere = false;
  for (const { argv: [name = '', ...rest], read } of ways) {
    const program = await findProgram(name, env);
    if (program === undefined) continue;
    isThere = true;
    const { execa } = await import('execa');
    const { stdout, failed } = await execa(program, rest, { env: childEnvironment(env, childRules), extendEnv: false, stdin: 'ignore', stderr: 'ignore', encoding: 'buffer', reject: false, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX, windowsHide: true });
    const bytes = failed ? undefined : read(Buffer.from(stdout));
    if (bytes !== undefined && bytes.length > 0) return bytes;
  }
  if (isThere) return undefined;
  throw new Error(`No program is there that reads images from the clipboard. ${platform === 'linux' ? `Install ${isWayland(env) ? 'wl-clipboard' : 'xclip'}, or drop` : 'Drop'} the file here: its path is enough.`);
}

function waysOf(platform: NodeJS.Platform, env: Env): readonly Way[] {
  if (platform === 'darwin') return MACOS;
  if (platform === 'win32') return [WINDOWS];
  return [...(isWayland(env) ? [WAYLAND, X11] : [X11, WAYLAND]), ...(env['WSL_DISTRO_NAME'] === undefined ? [] : [WSL])];
}

function isWayland(env: Env): boolean {
  return env['WAYLAND_DISPLAY'] !== undefined && env['WAYLAND_DISPLAY'] !== '';
}
