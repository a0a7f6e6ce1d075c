/** Two repositories of which tailrace knows nothing but the four methods. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from '../../src/index.js'
import { ArrayRepository, Arrays } from './array-repository.js'
import { FileRepository } from './file-repository.js'

// Made here, not in open: both repositories that are opened for a run have to see the same entries.
const arrays = new Arrays()
const folder = mkdtempSync(join(tmpdir(), 'tailrace-files-'))

export default defineConfig({
  subjects: [
    {
      name: 'arrays',
      store: 'own',
      open: () => new ArrayRepository(arrays),
      // Positions: "10" is above "9". Without this, entries are in the order in which they are read.
      compareIds: (a, b) => Number(a) - Number(b),
    },
    { name: 'files', store: 'own', open: () => new FileRepository(folder) },
  ],
})
