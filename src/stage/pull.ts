/** Pulls a consumer frame by frame, as its client would. */

/** Frames without a gate that may pass; a consumer beyond it runs away. */
const MAX_SILENT_FRAMES = 10_000

export interface Puller {
  readonly signal: AbortSignal
  /** Takes one frame; undefined where it came to no gate. */
  take(frame: unknown): Promise<unknown> | undefined
  /** Whether its client waits for a frame. */
  readonly handOver: { asked: boolean }
  /** Counts the gates that the consumer has come to. */
  readonly arrivals: { readonly count: number }
}

/** Resolves with how the consumer ended; rejects with what it threw. */
export async function pull(frames: AsyncIterable<unknown>, puller: Puller): Promise<'ended' | 'aborted'> {
  const iterator = frames[Symbol.asyncIterator]()
  for (let silent = 0; silent <= MAX_SILENT_FRAMES; silent++) {
    const before = puller.arrivals.count
    puller.handOver.asked = true
    const result = await iterator.next()
    puller.handOver.asked = false
    if (result.done) return puller.signal.aborted ? 'aborted' : 'ended'
    await puller.take(result.value)
    if (puller.arrivals.count !== before) silent = 0
    if (!puller.signal.aborted) continue
    await iterator.return?.()
    return 'aborted'
  }
  throw new Error(`the consumer handed out ${MAX_SILENT_FRAMES} frames without coming to a gate`)
}
