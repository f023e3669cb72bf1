/** The organization, project or workspace that a request is billed to, in the names that vendors have for it. */
const PAYER = /^(?:(?:openai|anthropic|chatgpt)-(?:organization|project|workspace|account)(?:-id)?|x-goog-user-project|x-hf-bill-to)$/;

/** Whether a header says whose bill it is, so that it belongs to the key beside it and to no other. @param name in lower case */
export function namesPayer(name: string): boolean {
  return PAYER.test(name);
}
