/** Reading files and folders that may be anybody's. It taps nothing, and what it refuses it says, without a throw. */
export { followLinks, type Link, readLink } from './follow-links.ts';
export { type HeldFolder, inFolder, lookIn, readFileIn, readFolder } from './held-folder.ts';
export { createMatcher, findRepository, GIT_RULES, IgnoreRules, isPlainRules, RULES, toSlashes } from './ignore-rules.ts';
export { FOLDER_FLAGS, lookAt, placeOf, PLAIN_FLAGS, standsAt, toKind } from './opened.ts';
export { type PlainFile, readAt, readPlainFile, type ReadOptions } from './read-plain.ts';
export { readTextFile, type TextOfFile } from './read-text.ts';
export { isRefusal, type Refusal, type RefusalReason } from './refusal.ts';
export { type BinaryFile, decodeText, encodeText, isBinary, MAX_TEXT_BYTES, readUpTo, type TextFile } from './text-file.ts';
export { toStamp } from './stamp.ts';
export { isWithin } from './within.ts';
export { Walk, type WalkedFile, type WalkOptions } from './walk.ts';
