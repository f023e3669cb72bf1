import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { PithError } from '@pith/kernel';

/** What opens a connection, asks for a name, or starts a process; everything else in Node goes through one of these. */
const DOORS: readonly [object, readonly string[], string][] = [
  [net.Socket.prototype, ['connect'], 'connect to another program'],
  [dgram.Socket.prototype, ['send', 'connect'], 'send a datagram'],
  [dns, ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveTxt', 'resolveSrv', 'reverse'], 'ask for the address of a host'],
  [dns.promises, ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveTxt', 'resolveSrv', 'reverse'], 'ask for the address of a host'],
  [childProcess.ChildProcess.prototype, ['spawn'], 'start a process'],
  [childProcess, ['spawnSync', 'execSync', 'execFileSync'], 'start a process'],
];

/**
 * Until it is ended, nothing in this process connects to anything or starts a process: whoever tries gets an error.
 * A replay needs neither; this holds plugins to it that forgot.
 */
export function forbidOutside(): () => void {
  const undo: (() => void)[] = [];
  for (const [owner, names, what] of DOORS) {
    for (const name of names) {
      const original: unknown = Reflect.get(owner, name);
      Reflect.set(owner, name, () => {
        throw new PithError(`A plugin wanted to ${what}, and a replay reaches nothing outside`, { code: 'REPLAY_OUTSIDE', hint: 'Its tap declares replay: \'recorded\', or reads through turn.recorded.' });
      });
      undo.push(() => Reflect.set(owner, name, original));
    }
  }
  syncBuiltinESMExports();
  return () => {
    for (const one of undo) one();
    syncBuiltinESMExports();
  };
}
