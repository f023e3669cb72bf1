import { fixed, joinPieces, type Piece, piece } from '../statement.ts';

/** Which requests are meant; of each list any, of all together every one. */
export interface RequestFilter {
  /** When they began, milliseconds since 1970. */
  fromMs?: number;
  /** Before which they began. */
  toMs?: number;
  /** By id. */
  accounts?: readonly string[];
  /** As the reply names them; where it does not, as they were sent or asked for. */
  models?: readonly string[];
  agents?: readonly string[];
  projects?: readonly string[];
  clientKeys?: readonly string[];
  conversation?: string;
  /** A request whose client left is no error, and one whose stream was cut is. */
  status?: 'all' | 'success' | 'error';
}

/** The model of a row that people mean. */
export const MODEL = 'coalesce(r.model, r.sent_model, r.asked_model)';
/** 1 where it went well, else 0. Ended whole, or because the client left. */
export const IS_OK = 'CASE WHEN r.status < 400 AND r.ended IN (0, 3) THEN 1 ELSE 0 END';

/** A condition on `balancer_requests r`. */
export function toCondition({ fromMs, toMs, accounts, models, agents, projects, clientKeys, conversation, status = 'all' }: RequestFilter): Piece {
  return joinPieces([
    ...fromMs === undefined ? [] : [piece`r.at_ms >= ${Math.floor(fromMs)}`],
    ...toMs === undefined ? [] : [piece`r.at_ms < ${Math.ceil(toMs)}`],
    ...isAny('r.account', accounts), ...isAny(MODEL, models), ...isAny('r.agent', agents), ...isAny('r.project', projects), ...isAny('r.client_key', clientKeys),
    ...isAny('r.conversation', conversation === undefined ? undefined : [conversation]),
    ...status === 'all' ? [] : [piece`${fixed(IS_OK)} = ${status === 'success' ? 1 : 0}`],
    fixed('1 = 1'),
  ], ' AND ');
}

function isAny(column: string, names: readonly string[] | undefined): Piece[] {
  if (names === undefined || names.length === 0) return [];
  return [piece`${fixed(column)} IN (SELECT id FROM balancer_names WHERE name IN (${joinPieces(names.map((name) => piece`${name}`), ', ')}))`];
}
