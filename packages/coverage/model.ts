import type { Branches } from './branches.ts'

/** In `hits`: there is no code on this line. */
export const NO_CODE = 0xffff_ffff

/** What one source says of one file. Typed arrays, because a repository has half a million lines. */
export interface FileCoverage {
  /** Index: the line, 1-based (0 is unused). How often it ran, or NO_CODE. Its length is the last coverable line + 1. */
  hits: Uint32Array
  /** Lines with branches: how many of how many were taken. */
  branches: ReadonlyMap<number, Branches>
}

/** What one report, or several of one source put together, says: by path, as the report spells it or as in the repository. */
export type CoverageMap = Map<string, FileCoverage>

/** A source's coverage, its paths those of the repository. */
export interface Gathered {
  /** The service's name, `tests` or `browser`. */
  name: string
  kind: 'service' | 'tests' | 'browser'
  /** How it came: `v8`, `lcov`, `cobertura`, ... */
  format: string
  files: CoverageMap
}
