import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The files that a run of measuring leaves for later steps and for people, by what they are; absolute paths. */
export interface ReportFiles {
  /** Everything, for other tools. */
  measurement: string
  /** The page. */
  page: string
  /** Absent without coverage. */
  lcov?: string
  cobertura?: string
  /** Every line with who reached it. */
  coverage?: string
}

/** Writes them into a folder of their own, empty at first, so that nothing of an earlier run is taken for this one's. */
export async function writeReportFiles(
  temp: string,
  texts: {
    measurement: string
    page: string
    lcov?: Iterable<string>
    cobertura?: Iterable<string>
    coverage?: Iterable<string>
  },
): Promise<ReportFiles> {
  const folder = join(temp, 'mayfly-report')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const write = async (name: string, text: Iterable<string>) => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }
  return {
    measurement: await write('measurement.json', [texts.measurement]),
    page: await write('report.html', [texts.page]),
    ...(texts.lcov === undefined ? {} : { lcov: await write('lcov.info', texts.lcov) }),
    ...(texts.cobertura === undefined ? {} : { cobertura: await write('cobertura.xml', texts.cobertura) }),
    ...(texts.coverage === undefined ? {} : { coverage: await write('coverage.json', texts.coverage) }),
  }
}
