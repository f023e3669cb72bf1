import { resolve } from 'node:path';
import { describe, type Mode, MODES, nearest, PithError, type PreparedCall } from '@pith/kernel';
import { FAMILIES } from './call.ts';
import { type Policy, parsePolicy } from '../options.ts';

/** One line of what `pith permissions check` reads, as it is judged. */
export interface Case { id: string; policy: Policy; call: PreparedCall }

const FIELDS = ['id', 'policy', 'mode', 'tool', 'input', 'root'];

/** @throws PithError CASE_INVALID in one sentence: what was found, what is allowed */
export function parseCase(value: unknown, cwd: string): Case {
  const line = toRecord(value, 'a case');
  refuseUnknown(line, FIELDS, 'a case');
  const { id, mode, tool, root } = line;
  if (typeof id !== 'string') throw wrong(`id must be a text; found ${describe(id)}`);
  if (!MODES.includes(mode as Mode)) throw wrong(`mode must be one of ${MODES.join(', ')}; found ${describe(mode)}`);
  if (root !== undefined && (typeof root !== 'string' || root === '' || root.includes('\0'))) throw wrong(`root must be a folder; found ${describe(root)}`);
  const folder = root === undefined ? cwd : resolve(cwd, root);
  const what = toTool(tool, line['input']);
  return {
    id, policy: toPolicy(line['policy']),
    call: { id, ...what, input: line['input'], owner: '', cwd: folder, roots: [folder], mode: mode as Mode, origin: 'agent', runId: '', execution: { wrapProcess: [], env: {} } },
  };
}

function toPolicy(value: unknown): Policy {
  const parsed = parsePolicy(toRecord(value, 'policy'));
  if (parsed.issues === undefined) return parsed.value;
  const { path, message } = parsed.issues[0]!;
  throw wrong(`policy.${path.join('.')}: ${message}`);
}

function toTool(tool: unknown, value: unknown): Pick<PreparedCall, 'name' | 'effect' | 'targets'> {
  if (typeof tool !== 'string') throw wrong(`tool must be a text; found ${describe(tool)}`);
  if (/^mcp__[^]+__[^]+$/.test(tool)) return { name: tool, effect: 'exec', targets: [] };
  const family = Object.hasOwn(FAMILIES, tool) ? FAMILIES[tool] : undefined;
  if (family === undefined) throw wrong(`tool must be one of ${Object.keys(FAMILIES).join(', ')}, or mcp__server__tool; found ${describe(tool)}`);
  const input = toRecord(value, 'input');
  refuseUnknown(input, [family.field], `the input of ${tool}`);
  const text = input[family.field];
  if (typeof text !== 'string') throw wrong(`input.${family.field} must be a text; found ${describe(text)}`);
  return { name: tool, effect: family.effect, targets: [family.toTarget(text)] };
}

function toRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(`${what} must be an object; found ${describe(value)}`);
}

function refuseUnknown(record: Record<string, unknown>, known: readonly string[], what: string): void {
  const unknown = Object.keys(record).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const [near] = nearest(unknown, known);
  throw wrong(`${JSON.stringify(unknown)} is no field of ${what}; ${near === undefined ? `those are ${known.join(', ')}` : `did you mean ${near}?`}`);
}

function wrong(message: string): PithError {
  return new PithError(message, { code: 'CASE_INVALID' });
}
