import { type ImageSize, readImageSize } from './image-size.ts';
import type { Block, DocumentBlock, ImageBlock, Message, SystemSection, ToolContent, ToolSpec } from '../message.ts';
import { estimateText } from './token-estimate.ts';

/** How many tokens a vendor makes of an image. */
export type ImageRule = (size: ImageSize) => number;
/** A part of a request: all its tools, a section of the system prompt, a message. */
export type Part = Message | SystemSection | readonly ToolSpec[];
export type Estimate = (part: Part) => number;

/** What stands around a message, a call, a result, a tool on the wire. */
const MESSAGE = 4, CALL = 12, RESULT = 8, TOOL = 12;
/** What only its vendor can read: encrypted thinking, signatures. */
const SEALED_CHARACTERS_A_TOKEN = 6;
/** An image whose size is not known, as one that is named by its address. */
const USUAL_IMAGE: ImageSize = { width: 1000, height: 1000 };
/** A page goes up as its text and as a picture. */
const PAGE = 2200;
const BYTES_A_PAGE = 60_000;
/** How much of a document is looked at; the rest counts in proportion. */
const DOCUMENT_HEAD_CHARACTERS = 4_000_000;
/** As much as a model takes: larger images are made smaller by the vendor. */
const USUAL_SIDE_MAX = 1568;

/** The rule of a vendor that states none: one token for 750 points. */
export const usualImageRule: ImageRule = (size) => {
  const { width, height } = fitSide(size, USUAL_SIDE_MAX);
  return Math.min(1600, Math.ceil((width * height) / 750));
};

/** The size after it was made smaller, so that no side is longer than `side`. */
export function fitSide({ width, height }: ImageSize, side: number): ImageSize {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const estimates = new WeakMap<ImageRule, Estimate>();

/** About how many tokens a part has; looked at once for each object, since parts are frozen. */
export function estimateBy(rule: ImageRule = usualImageRule): Estimate {
  let known = estimates.get(rule);
  if (known === undefined) {
    const tokens = new WeakMap<object, number>();
    known = (part) => {
      let own = tokens.get(part);
      if (own === undefined) tokens.set(part, own = Math.ceil(ofPart(part, rule)));
      return own;
    };
    estimates.set(rule, known);
  }
  return known;
}

function ofPart(part: Part, rule: ImageRule): number {
  if ('content' in part) return MESSAGE + sum(part.content, (block) => estimateBlock(block, rule));
  if ('text' in part) return estimateText(part.text);
  return sum(part as readonly ToolSpec[], estimateTool);
}

export function estimateTool({ name, description, inputSchema }: ToolSpec): number {
  return TOOL + estimateText(name) + estimateText(description) + ofJson(inputSchema);
}

/** Also of the content of a tool's result. */
export function estimateBlock(block: Block | ToolContent, rule: ImageRule = usualImageRule): number {
  switch (block.type) {
    case 'text': case 'refusal': return estimateText(block.text);
    case 'thinking': return Math.max(estimateText(block.text), sealed(block.signature), sealed(sealedBy(block.vendor?.raw)));
    case 'redacted-thinking': return sealed(block.data);
    case 'tool-call': return CALL + estimateText(block.name) + (block.complete ? ofJson(block.input) : estimateText(block.raw));
    case 'tool-result': return RESULT + sum(block.content, (content) => estimateBlock(content, rule));
    case 'image': return Math.ceil(rule(sizeOf(block)));
    case 'document': return ofDocument(block);
    case 'server-tool-call': return CALL + estimateText(block.name) + ofJson(block.input);
    default: return ofJson(block.raw);
  }
}

function sizeOf({ source }: ImageBlock): ImageSize {
  return (source.kind === 'base64' ? readImageSize(source.data) : undefined) ?? USUAL_IMAGE;
}

function ofDocument({ source }: DocumentBlock): number {
  if (source.kind === 'url') return PAGE;
  const head = source.data.slice(0, DOCUMENT_HEAD_CHARACTERS);
  const share = source.data.length / Math.max(1, head.length);
  const bytes = Buffer.from(head, 'base64');
  if (source.mediaType !== 'application/pdf') return share * estimateText(bytes.toString('utf8'));
  const pages = bytes.toString('latin1').match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 0;
  // Where pages are packed into streams, none is seen.
  return PAGE * Math.ceil(share * Math.max(pages, pages === 0 ? bytes.length / BYTES_A_PAGE : 1));
}

/** Thinking that a vendor gives back sealed. */
function sealedBy(raw: unknown): string | undefined {
  const { encrypted_content: content } = (typeof raw === 'object' && raw !== null ? raw : {}) as { encrypted_content?: unknown };
  return typeof content === 'string' ? content : undefined;
}

function sealed(data: string | undefined): number {
  return data === undefined ? 0 : data.length / SEALED_CHARACTERS_A_TOKEN;
}

function ofJson(value: unknown): number {
  return value === undefined ? 0 : estimateText(JSON.stringify(value));
}

function sum<T>(items: readonly T[], each: (item: T) => number): number {
  return items.reduce((total, item) => total + each(item), 0);
}
