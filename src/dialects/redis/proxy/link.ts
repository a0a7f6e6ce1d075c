/**
 * The way out of the proxy to one socket: in order, and as fast as the socket takes it, or slower where that is asked for.
 * `blocked` is back-pressure: whoever feeds the link stops reading until `onFree`. What is written meanwhile is kept.
 */
import type { Socket } from 'node:net'
import { type Clock, systemClock } from '../../../clock/clock.js'

/** A slow network: so many bytes, then a pause, and so on. */
export interface SlowLink {
  readonly bytesPerWrite: number
  readonly delayMs: number
  readonly clock?: Clock
}

const HIGH_WATER = 64 * 1024

export class Link {
  readonly #socket: Socket
  readonly #onFree: () => void
  #slow: SlowLink | undefined
  #full = false
  /** What waits for the slow link. */
  #waiting: Buffer[] = []
  #waitingSize = 0
  #dripping = false
  #atEnd: (() => void) | undefined

  constructor(socket: Socket, slow: SlowLink | undefined, onFree: () => void) {
    this.#socket = socket
    this.#slow = slow
    this.#onFree = onFree
    socket.on('drain', () => {
      this.#full = false
      onFree()
    })
  }

  get blocked(): boolean {
    return this.#full || this.#waitingSize > HIGH_WATER
  }

  set slow(slow: SlowLink | undefined) {
    this.#slow = slow
  }

  write(pieces: readonly Buffer[]): void {
    if (pieces.length === 0 || this.#atEnd) return
    if (this.#slow || this.#dripping) {
      for (const piece of pieces) {
        this.#waiting.push(piece)
        this.#waitingSize += piece.length
      }
      void this.#drip()
      return
    }
    const whole = contiguous(pieces)
    if (whole.length === 1) this.#full = !this.#socket.write(whole[0]!)
    else {
      this.#socket.cork()
      for (const piece of whole) this.#full = !this.#socket.write(piece)
      this.#socket.uncork()
    }
  }

  /** Does `last` once everything written before is with the socket. Nothing is written after it. */
  end(last: () => void): void {
    if (this.#atEnd) return
    this.#atEnd = last
    if (!this.#dripping) last()
  }

  /** Writes what waits in small portions. Ends when nothing waits, or the socket is gone. */
  async #drip(): Promise<void> {
    if (this.#dripping) return
    this.#dripping = true
    while (this.#waiting.length > 0 && !this.#socket.destroyed) {
      const slow = this.#slow
      const portion = this.#portion(slow?.bytesPerWrite ?? Number.POSITIVE_INFINITY)
      this.#full = !this.#socket.write(portion)
      if (slow) await (slow.clock ?? systemClock).sleep(slow.delayMs)
      if (!this.blocked) this.#onFree()
    }
    this.#dripping = false
    this.#atEnd?.()
  }

  #portion(size: number): Buffer {
    const first = this.#waiting[0]!
    if (first.length <= size) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(size)
    const portion = first.subarray(0, size)
    this.#waitingSize -= portion.length
    return portion
  }
}

/** Messages that lie one after the other in a chunk are one write. */
function contiguous(pieces: readonly Buffer[]): readonly Buffer[] {
  if (pieces.length === 1) return pieces
  const whole: Buffer[] = []
  let first = pieces[0]!
  let length = first.length
  const close = () => whole.push(length === first.length ? first : Buffer.from(first.buffer, first.byteOffset, length))
  for (let index = 1; index < pieces.length; index++) {
    const piece = pieces[index]!
    if (piece.buffer === first.buffer && piece.byteOffset === first.byteOffset + length) length += piece.length
    else {
      close()
      first = piece
      length = piece.length
    }
  }
  close()
  return whole
}
