import type { CommandOptions } from '../../src/sources/wire/command.js'

interface Program {
  readonly name: string
  readonly summary: string
  /** What to install, where it cannot be run here. */
  readonly missing: string | undefined
  /** Does it listen on a port? */
  readonly serves: boolean
  options(port?: number): CommandOptions
}

declare const programs: readonly (Program & { readonly twins: readonly Program[] })[]
export default programs
