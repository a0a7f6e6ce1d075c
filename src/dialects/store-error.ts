/** The store itself failed, so nothing can be said of the subject: no verdict, and never a green one. */
export class StoreError extends Error {
  override readonly name = 'StoreError'

  /** `what` happened, where, and `todo`: what to do next. */
  constructor(what: string, todo: string, cause?: unknown) {
    super(`${what}${cause === undefined ? '' : `: ${messageOf(cause)}`}\n${todo}`, cause === undefined ? {} : { cause })
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error))
