/** What bounds the page, so that it opens at once and is never larger than 30 MB, whatever was measured. */
export const BUDGET = {
  /** Files listed. */
  files: 20_000,
  /** Numbers that say which lines ran, and characters of paths, of all files. */
  runs: 1_500_000,
  /** Characters of source code, before and after it is packed. */
  source: 32_000_000,
  packed: 10_000_000,
  /** Characters of one file. */
  file: 1_500_000,
  /** Characters that are packed together: what is unpacked to show one file. */
  chunk: 400_000,
  /** Characters of HTML that failed tests take with their logs. */
  failures: 4_000_000,
  /** Frames of one profile. */
  frames: 20_000,
  depth: 400,
} as const
