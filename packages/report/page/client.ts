import { CLIENT_CODE } from './client-code.ts'
import { CLIENT_DATA } from './client-data.ts'
import { CLIENT_EXPLORER } from './client-explorer.ts'
import { CLIENT_FILE } from './client-file.ts'
import { CLIENT_FILTER } from './client-filter.ts'
import { CLIENT_FLAME } from './client-flame.ts'
import { CLIENT_TREE } from './client-tree.ts'

/**
 * The page's script, as text. It is written as text because it must be the same whether Mayfly runs from its sources or
 * from a bundle: the source of a function (`Function.toString`) is whatever a bundler, a transform or a coverage tool
 * made of it, with helpers that a page does not have; and a file of its own is not part of a bundle. No pieces of it are
 * ever made of data: data is read from the elements of type `application/json`. It makes elements and sets their text,
 * never their HTML, and sets sizes through `style` objects, which the page's policy allows.
 */
export const CLIENT: string = `(() => {
'use strict'
${CLIENT_DATA}${CLIENT_TREE}${CLIENT_CODE}${CLIENT_FILE}${CLIENT_EXPLORER}${CLIENT_FLAME}${CLIENT_FILTER}
const explorer = document.getElementById('explorer')
if (explorer && data.files.length > 0) startExplorer(explorer)
for (const place of document.querySelectorAll('.flame')) startFlame(place, data.profiles[Number(place.dataset.profile)])
startTestFilter()
startNavigation()
startFileLinks()
document.documentElement.classList.add('script')
})()
`
