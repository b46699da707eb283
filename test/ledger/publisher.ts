/**
 * One of many publishers: claims every version that it is told of, one after the other, with a digest of its own, and
 * writes what it was answered as JSON. It waits for a line before it starts, so that all start at once.
 */
import { once } from 'node:events'
import { silent } from '@mayfly/core'
import { claim, type Entry, openLedger } from '@mayfly/ledger'

const order: unknown = JSON.parse(process.argv[2] ?? '')
const { directory, remote, authorization, entries } = order as {
  directory: string
  remote: string
  authorization?: string
  entries: (Omit<Entry, 'createdAt'> & { createdAt: string })[]
}
const environment = { PATH: process.env.PATH }
const ledger = openLedger({ directory, remote, environment, log: silent, ...(authorization ? { authorization } : {}) })
process.stdout.write('ready\n')
await once(process.stdin, 'data')
process.stdin.destroy()
const answers = []
for (const entry of entries) answers.push(await claim(ledger, { ...entry, createdAt: new Date(entry.createdAt) }))
process.stdout.write(`${JSON.stringify(answers)}\n`)
