/** The store itself failed, so nothing can be said of the subject: no verdict, and never a green one. */
export class StoreError extends Error {
  override readonly name = 'StoreError'

  /** `what` happened, where, and `remedy`: what to do next. */
  constructor(what: string, remedy: string, cause?: unknown) {
    super(`${what}${cause === undefined ? '' : `: ${messageOf(cause)}`}\n${remedy}`, cause === undefined ? {} : { cause })
  }
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Where a name has several addresses, the error has none of its own words.
  const first: unknown = error instanceof AggregateError && error.message === '' ? error.errors[0] : undefined
  return first === undefined ? error.message || error.name : messageOf(first)
}
