/**
 * Colour, as a small object that renderers are handed: they never look at a stream themselves.
 *
 * Colour is on where the stream is a terminal. `FORCE_COLOR` puts it on anywhere, `NO_COLOR` puts it off, and of the two
 * `FORCE_COLOR` wins, as in Node itself.
 */
import { styleText } from 'node:util'

/** What a piece of text is, not what it looks like. */
export interface Style {
  readonly good: Paint
  readonly bad: Paint
  readonly unsure: Paint
  /** What to look at first: names, commands. */
  readonly strong: Paint
  /** What is there for completeness: rules, arrows, what was folded away. */
  readonly faint: Paint
}

type Paint = (text: string) => string

const asIs: Paint = (text) => text

/** For files, tests, and whatever else is no terminal. */
export const plainStyle: Style = { good: asIs, bad: asIs, unsure: asIs, strong: asIs, faint: asIs }

// Whether to colour is decided here, once; styleText's own look at the stream would only repeat it.
const paint =
  (format: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    text === '' ? text : styleText(format, text, { validateStream: false })

export const colourStyle: Style = {
  good: paint('green'),
  bad: paint('red'),
  unsure: paint('yellow'),
  strong: paint('bold'),
  faint: paint('dim'),
}

type Environment = Readonly<Record<string, string | undefined>>

export function styleFor(stream: { readonly isTTY?: boolean | undefined }, environment: Environment = process.env): Style {
  return wantsColour(stream, environment) ? colourStyle : plainStyle
}

function wantsColour(stream: { readonly isTTY?: boolean | undefined }, { FORCE_COLOR, NO_COLOR, TERM }: Environment): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  return stream.isTTY === true && TERM !== 'dumb'
}
