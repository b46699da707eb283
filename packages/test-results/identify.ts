import { BOUNDS, cut } from './bounds.ts'
import type { FoundTest, TestCase } from './model.ts'

/** Stands between the parts of an id. */
export const SEPARATOR = ' › '

type Named = Pick<TestCase, 'suite' | 'name' | 'file'>

/** The id of a test that no other is confused with. */
export function shortId({ suite, name }: Pick<Named, 'suite' | 'name'>): string {
  return cut([...suite, name].join(SEPARATOR), BOUNDS.name)
}

/**
 * Gives every test its id: suites and name; the file in front only where the same id is in several files; ` (2)` behind
 * the second that is still the same. In order, so that the same tests have the same ids in every run.
 * @param byFile whether files tell tests apart here.
 */
export function withIds<T extends Named>(tests: readonly T[], byFile: boolean): (T & { id: string })[] {
  const files = new Map<string, string | undefined | typeof SEVERAL>()
  for (const test of tests) {
    const id = shortId(test)
    files.set(id, !files.has(id) || files.get(id) === test.file ? test.file : SEVERAL)
  }
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return tests.map((test) => {
    const short = shortId(test)
    const inFile = byFile && files.get(short) === SEVERAL && test.file !== undefined
    const id = unique(inFile ? cut(`${test.file}${SEPARATOR}${short}`, BOUNDS.name) : short, taken, counts)
    return { ...test, id }
  })
}

const SEVERAL = Symbol('several files')

export function unique(id: string, taken: Set<string>, counts: Map<string, number>): string {
  let found = id
  // The count is kept, so that a million tests of one name do not each try all numbers again.
  let count = counts.get(id) ?? 1
  while (taken.has(found)) found = `${id} (${++count})`
  counts.set(id, count)
  taken.add(found)
  return found
}

/** The suites that were left out become part of those tests that are the same without them. */
export function withOuterSuites(tests: readonly FoundTest[]): FoundTest[] {
  if (tests.every(({ outer }) => outer.length === 0)) return [...tests]
  const outers = new Map<string, string>()
  const several = new Set<string>()
  for (const test of tests) {
    const [key, outer] = [keyOf(test), JSON.stringify(test.outer)]
    if (!outers.has(key)) outers.set(key, outer)
    else if (outers.get(key) !== outer) several.add(key)
  }
  if (several.size === 0) return [...tests]
  return tests.map((test) => (several.has(keyOf(test)) ? { ...test, suite: [...test.outer, ...test.suite], outer: [] } : test))
}

/** The same for what is the same test of the same report. */
export function keyOf({ suite, name, file }: Named): string {
  return JSON.stringify([file ?? '', ...suite, name])
}
