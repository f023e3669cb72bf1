import { endianness } from 'node:os';

/** What the filter needs to know of a machine: how the kernel calls it, and the numbers of its system calls. */
interface Machine { audit: number; socket: number; clone: number; unshare: number; clone3: number; /** setns, io_uring_setup, add_key, request_key, keyctl. */ refused: readonly number[]; hasX32: boolean }

/** @see linux/audit.h, and the tables of system calls of each architecture */
const MACHINES: Readonly<Record<string, Machine>> = {
  x64: { audit: 0xc000003e, socket: 41, clone: 56, unshare: 272, clone3: 435, refused: [308, 425, 248, 249, 250], hasX32: true },
  arm64: { audit: 0xc00000b7, socket: 198, clone: 220, unshare: 97, clone3: 435, refused: [268, 425, 217, 218, 219], hasX32: false },
};

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_ATLEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
/** Where things are in `struct seccomp_data`; of arguments the lower half. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const ARGUMENT_0 = 16;
const ALLOW = 0x7fff0000;
const fail = (errno: number): number => 0x00050000 | errno;
const EPERM = 1;
const ENOSYS = 38;
const AF_UNIX = 1;
const AF_VSOCK = 40;
const CLONE_NEWUSER = 0x10000000;
const X32_BIT = 0x40000000;

/**
 * A filter of system calls, as bubblewrap takes it: no sockets of the file system (through one of them a daemon outside, as
 * that of docker, would do what the command may not), nor of virtual machines; no new user namespaces, in which mounts could be
 * undone; no io_uring, which gets around filters; no keys of the kernel's keyrings. Programs of another architecture get nothing at all.
 * @returns nothing for an architecture that is not known here
 */
export function seccompFilter(architecture: string = process.arch): Buffer | undefined {
  const machine = MACHINES[architecture];
  if (machine === undefined || endianness() !== 'LE') return undefined;
  const { audit, socket, clone, unshare, clone3, refused, hasX32 } = machine;
  const refuse = [RETURN, 0, 0, fail(EPERM)] as const;
  const program: (readonly [code: number, whenTrue: number, whenFalse: number, value: number])[] = [
    [LOAD, 0, 0, ARCHITECTURE], [JUMP_EQUAL, 1, 0, audit], refuse,
    [LOAD, 0, 0, NUMBER],
    ...(hasX32 ? [[JUMP_ATLEAST, 0, 1, X32_BIT], refuse] as const : []),
    // glibc falls back to clone, whose flags can be looked at.
    [JUMP_EQUAL, 0, 1, clone3], [RETURN, 0, 0, fail(ENOSYS)],
    ...refused.flatMap((number) => [[JUMP_EQUAL, 0, 1, number], refuse] as const),
    [JUMP_EQUAL, 1, 0, clone], [JUMP_EQUAL, 0, 3, unshare], [LOAD, 0, 0, ARGUMENT_0], [JUMP_ANY_BIT, 0, 5, CLONE_NEWUSER], refuse,
    [JUMP_EQUAL, 0, 3, socket], [LOAD, 0, 0, ARGUMENT_0], [JUMP_EQUAL, 2, 0, AF_UNIX], [JUMP_EQUAL, 1, 0, AF_VSOCK],
    [RETURN, 0, 0, ALLOW], refuse,
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, whenTrue, whenFalse, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenTrue, index * 8 + 2);
    bytes.writeUInt8(whenFalse, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}
