import type { CoverageMap } from './model.ts'

/** Offsets are UTF-16 code units into the source that V8 ran; the end is not included. */
export interface V8Range {
  startOffset: number
  endOffset: number
  count: number
}

/** One function's coverage as `Profiler.takePreciseCoverage` words it: the first range is the function's own. */
export interface V8Function {
  functionName: string
  ranges: V8Range[]
  isBlockCoverage: boolean
}

/** What one dump says of one script. `hash` names the source it was made of, where one url had several. */
export interface V8ScriptCoverage {
  url: string
  hash?: string
  functions: V8Function[]
}

/** The script that V8 ran: its text after every transformation, and the text of its source map. */
export interface V8Script {
  url: string
  hash?: string
  source: string
  sourceMap?: string
  /** Where the map was read, which its sources are relative to; the script's own url where the map is inside it. */
  sourceMapUrl?: string
}

export interface V8Options {
  /** The repository's path of a file in the container; undefined where it is none of the repository's. */
  toRepository: (containerPath: string) => string | undefined
  /** The text of a file of the repository, for maps without `sourcesContent` and to see whether this is the same build. */
  readSource?: (repositoryPath: string) => string | undefined
}

export interface V8Read {
  /** By path in the repository. */
  files: CoverageMap
  /** What was left out and why; one sentence each. */
  notices: string[]
  /** What ran and belongs to no file of the repository, at most 20. */
  unmapped: { path: string; why: string }[]
}

/** Longest source and source map that are read, in characters: a mapping's time and memory grow with them. */
export const MOST_SOURCE = 20 * 1024 * 1024
