/** A request of a client, and what became of it. No interceptor sees one of an empty request (a blank line), which nobody answers. */
import type { Connection } from './connection.js'
import type { Request } from '../resp/request.js'

export class Exchange {
  /** How many replies the server has given: `SUBSCRIBE a b` has two. */
  replies = 0

  constructor(
    readonly connection: Connection,
    readonly request: Request,
    /** Its place among the requests of the connection, from 1. */
    readonly index: number,
    /** Sent between MULTI and EXEC: the server will say `QUEUED` or refuse it, and what it did in the reply to EXEC. */
    readonly queued: boolean,
  ) {}

  /** In capitals. */
  get command(): string {
    return this.request.name
  }
}
