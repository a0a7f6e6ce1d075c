/** The only module that draws from the machine's randomness. Everything seeded takes its seed as data instead. */
import { randomBytes } from 'node:crypto'

/** Twelve hex digits, for names that must not clash on a server which others use too. */
export const randomId = (): string => randomBytes(6).toString('hex')
