/** Bytes that are not RESP. After one, nothing that follows on that connection can be told apart. */
export class RespError extends Error {
  override readonly name = 'RespError'

  constructor(
    /** What is wrong. Never more of the bytes than a single one: they may be secret. */
    readonly what: string,
    /** Where: in bytes since the connection began, at the start of the line that is wrong. */
    readonly offset: number,
    /** The messages of the same chunk that were complete before it. They are as good as any. */
    readonly before: readonly unknown[] = [],
  ) {
    super(`${what} at byte ${offset}`)
  }
}

/** Thrown by a grammar, which does not know where in the stream it is. The framer makes a `RespError` of it. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}
