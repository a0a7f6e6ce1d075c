import type { CorrectImplementation } from '../../src/kit/correct/correct.js'

export const foreign: readonly CorrectImplementation[]
