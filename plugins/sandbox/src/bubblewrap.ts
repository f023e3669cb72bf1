/** What one command may touch. All paths are absolute, exist, and hold no links. */
export interface Bounds {
  /** Folders that can be written, with all below them. */
  writable: readonly string[];
  /** Files and folders below those that cannot. */
  readOnly: readonly string[];
  /** Folders that keep their name and place, since something below them is `readOnly`. */
  pinned: readonly string[];
  /** Found empty. */
  hidden: readonly { path: string; isFolder: boolean }[];
}

export interface Tools {
  bwrap: string;
  /** Holds the filter of system calls. */
  filter: string;
  /** An empty file, which stands where one is hidden: of a device a program in there would not be let read. */
  empty: string;
  /** Gets the number of the process that everything in the sandbox is below. */
  info?: string;
  /** Where there are hosts to reach: the proxy's socket, and the program that leads to it from a port in the sandbox. */
  bridge?: { socat: string; socket: string };
}

/** The port that the proxy has inside; nothing else is in that network. */
export const PROXY_PORT = 3128;

/** Bubblewrap takes the filter and the place for its report as open files, which only a shell can give it. */
const OPEN = 'filter=$1 info=$2; shift 2; exec "$@" 8<"$filter" 9>"$info"';

/**
 * The filter would hold for the bridge, too, so that is started outside of a second, inner sandbox. The command begins when the
 * port is open, or after two seconds without it.
 */
const BRIDGE = `"$1" "TCP4-LISTEN:${PROXY_PORT},bind=127.0.0.1,fork,reuseaddr,backlog=1024" "UNIX-CONNECT:$2" >/dev/null 2>&1 &
shift 2
for _ in $(seq 200); do while read -r _ at _ state _; do [ "$at $state" = "0100007F:0C38 0A" ] && break 2; done </proc/net/tcp; sleep 0.01; done
"$@"; exit $?`;

/**
 * The first process in the sandbox. It is not the command, which would hear no signal then; and not bubblewrap's own, which is
 * still there when bubblewrap has ended. The system ends it only after all others.
 */
const FIRST = ['/bin/sh', '-c', '"$@"; exit $?', 'sh'];

/**
 * The argument list that runs `argv` within `bounds`: the whole disk can be seen and not written, but for some of it. What is
 * started in there ends with it, has its own numbers of processes, its own network, and nothing of this machine's services.
 */
export function bubblewrapArgv(argv: readonly string[], bounds: Bounds, { bwrap, filter, empty, info = '/dev/null', bridge }: Tools): string[] {
  const shell = ['/bin/sh', '-c', OPEN, 'sh', filter, info];
  const outer = [
    bwrap, '--new-session', '--die-with-parent', '--as-pid-1', '--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--cap-drop', 'ALL',
    // A root without it may not make the inner sandbox, which gives it up.
    ...(bridge !== undefined && process.geteuid?.() === 0 ? ['--cap-add', 'CAP_SETFCAP'] : []),
    '--ro-bind', '/', '/', ...mounts(bounds, empty), '--dev', '/dev', '--proc', '/proc', ...(info === '/dev/null' ? [] : ['--info-fd', '9']),
  ];
  // To a root without any rights the system's settings in /proc would still be its own files.
  const last = ['--remount-ro', '/proc', '--seccomp', '8', '--'];
  if (bridge === undefined) return [...shell, ...outer, ...last, ...FIRST, ...argv];
  const inner = [bwrap, '--die-with-parent', '--unshare-user', '--cap-drop', 'ALL', '--dev-bind', '/', '/', ...last, ...argv];
  return [...shell, ...outer, '--', '/bin/sh', '-c', BRIDGE, 'sh', bridge.socat, bridge.socket, ...inner];
}

/** The outer before the inner; of one path the stricter last. */
function mounts({ writable, readOnly, pinned, hidden }: Bounds, empty: string): string[] {
  const steps = [
    ...[...writable, ...pinned].map((path) => ({ path, args: ['--bind', path, path] })),
    ...readOnly.map((path) => ({ path, args: ['--ro-bind', path, path] })),
    ...hidden.map(({ path, isFolder }) => ({ path, args: isFolder ? ['--tmpfs', path] : ['--ro-bind', empty, path] })),
  ];
  const depth = (path: string): number => (path === '/' ? 0 : path.split('/').length);
  // Folders inside an empty one are made in it, so it is closed at the end.
  const closing = hidden.filter(({ isFolder }) => isFolder).flatMap(({ path }) => ['--remount-ro', path]);
  return [...steps.sort((a, b) => depth(a.path) - depth(b.path)).flatMap(({ args }) => args), ...closing];
}
