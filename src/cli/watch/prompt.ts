/** A part of a scenario's name, as it is typed. Pure: a key gives the next state, or the end of it. */
import type { Key } from 'node:readline'

export type Typed =
  | { readonly kind: 'typing'; readonly text: string }
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'left' }

export function typeKey(text: string, { name, ctrl, meta, sequence = '' }: Key): Typed {
  if (name === 'escape' || (ctrl === true && name === 'c')) return { kind: 'left' }
  if (name === 'return' || name === 'enter') return { kind: 'done', text }
  if (name === 'backspace') return { kind: 'typing', text: text.slice(0, -1) }
  if (ctrl === true && name === 'u') return { kind: 'typing', text: '' }
  const typed = ctrl === true || meta === true || !/^[\w -]$/.test(sequence) ? '' : sequence
  return { kind: 'typing', text: text + typed }
}

/** Scenarios whose name has the text in it, in whatever case. */
export const matching = (names: readonly string[], text: string): readonly string[] =>
  names.filter((name) => name.includes(text.trim().toLowerCase()))
