import { BASE_STYLE } from './style-base.ts'
import { CODE_STYLE } from './style-code.ts'
import { PARTS_STYLE } from './style-parts.ts'

/**
 * The whole style as one text. It stands in TypeScript, not in a .css file: the page is rendered from the sources and from
 * a bundle of one file, and only what is imported is in both.
 */
export const STYLE: string = BASE_STYLE + PARTS_STYLE + CODE_STYLE
