import { hash } from 'node:crypto';

/**
 * A tool call's id as a vendor takes it: ids travel with a conversation from one vendor to another, and each has its own
 * rule. The same id always becomes the same one.
 */
export function toCallId(id: string, { allowed, maxLength }: { allowed: RegExp; maxLength: number }): string {
  if (id.length <= maxLength && allowed.test(id)) return id;
  return hash('sha1', id).slice(0, maxLength);
}
