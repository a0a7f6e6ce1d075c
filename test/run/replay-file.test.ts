/** The folder of saved schedules, which several runs may share. */
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { saveReplay } from '../../src/run/replay-file.js'
import { emptyGap } from '../report/runs.js'

it('is cleared by one run while another does the same', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tailrace-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await mkdir(join(root, '.tailrace'))
  // As a file is that another run removes after this one has seen its name: listed, and not there.
  for (let i = 0; i < 60; i++) await symlink('gone', join(root, `.tailrace/old-${i}.json`))
  const saved = await saveReplay('events', await emptyGap(), {}, root)
  const left = await readdir(join(root, '.tailrace'))
  expect(left).toHaveLength(50)
  expect(left).toContain(saved.replace('.tailrace/', ''))
})
