/** The words of an inline command, quoted as Redis takes them (`sdssplitargs`). */

const DOUBLE = 0x22
const SINGLE = 0x27
const BACKSLASH = 0x5c
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d])
const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 }

/** Undefined where quotes are not balanced, or something other than a space follows a closing one. */
export function inlineArguments(line: Buffer): readonly Buffer[] | undefined {
  const words: Buffer[] = []
  let at = 0
  for (;;) {
    while (at < line.length && SPACES.has(line[at]!)) at++
    // Redis handles the line as a C string.
    if (at >= line.length || line[at] === 0) return words
    const word: number[] = []
    let quote: number | undefined
    for (; ; at++) {
      const byte = line[at]
      if (quote === undefined) {
        if (byte === undefined || byte === 0 || SPACES.has(byte)) break
        if (byte === DOUBLE || byte === SINGLE) quote = byte
        else word.push(byte)
      } else if (byte === undefined || byte === 0) return undefined
      else if (byte === quote) {
        const next = line[at + 1]
        if (next !== undefined && next !== 0 && !SPACES.has(next)) return undefined
        at++
        break
      } else if (byte === BACKSLASH) at = escaped(line, at, quote, word)
      else word.push(byte)
    }
    words.push(Buffer.from(word))
  }
}

/** Reads what follows a backslash inside of quotes. Gives the index of the last byte that belongs to it. */
function escaped(line: Buffer, at: number, quote: number, word: number[]): number {
  const next = line[at + 1]
  if (quote === SINGLE) {
    word.push(next === SINGLE ? SINGLE : BACKSLASH)
    return next === SINGLE ? at + 1 : at
  }
  const hex = line.toString('latin1', at + 1, at + 4)
  if (/^x[\da-f]{2}$/i.test(hex)) {
    word.push(Number.parseInt(hex.slice(1), 16))
    return at + 3
  }
  // The closing quotes are missing: the caller finds that out at the end of the line.
  if (next === undefined || next === 0) return at
  word.push(ESCAPES[String.fromCharCode(next)] ?? next)
  return at + 1
}
