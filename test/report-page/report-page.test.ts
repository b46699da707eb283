import assert from 'node:assert/strict'
import test from 'node:test'
import { renderPage } from '@mayfly/report'
import type { Page } from 'playwright-core'
import { sample, sampleSource } from '../../packages/report/fixtures/page-sample.ts'
import { useBrowser } from './browser.ts'
import { FAINT_TEXTS } from './contrast.ts'

const { open } = useBrowser()
const html = renderPage(sample, { source: sampleSource })
const PAY = '[data-path="services/api/src/pay.ts"]'

async function openPay(page: Page): Promise<void> {
  await page.click(PAY)
  await page.waitForSelector('.row.at')
}

const openAll = 'for (const one of document.querySelectorAll("details")) one.open = true'
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

test('the page opens from a disk, asks for nothing, breaks no rule of its policy and says nothing in the console', async () => {
  const { page, troubles } = await open(html)
  await page.waitForSelector('.files tbody tr')
  await openPay(page)
  await page.keyboard.press('Escape')
  await page.locator('.frame', { hasText: 'search' }).first().click()
  await page.evaluate(openAll)
  assert.deepEqual(troubles, [])
  assert.match(await page.title(), /^2 of 84 tests failed/)
})

test('a click on a file shows its code: what was missed, what was reached and by whom, in words too', async () => {
  const { page } = await open(html)
  await openPay(page)
  assert.equal(await page.textContent('dialog h2'), 'services/api/src/pay.ts')
  assert.equal(await page.textContent('.row.miss >> nth=0 >> .t'), '  if (total === 0) {')
  assert.equal(await page.textContent('.row.miss >> nth=0 >> .w'), 'changed, not reached')
  assert.equal(await page.textContent('.file-status'), 'Line 23: changed, and nothing reached it.')
  assert.equal(await page.getAttribute('.row[data-line="18"]', 'class'), 'row hit')
  await page.hover('.row[data-line="7"] .t')
  assert.equal(await page.textContent('.file-status'), 'Line 7: reached by api, tests.')
  assert.equal(await page.getAttribute('.row[data-line="14"]', 'class'), 'row none')
  assert.ok(page.url().endsWith('#file=services%2Fapi%2Fsrc%2Fpay.ts'))
})

test('keys go from line to line and from one missed place to the next, and Escape leads back to the file in the list', async () => {
  const { page } = await open(html)
  await page.focus(PAY)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.row.at')
  const at = () => page.textContent('.row.at .n')
  assert.equal(await at(), '23')
  await page.keyboard.press('n')
  assert.equal(await at(), '48')
  await page.keyboard.press('p')
  assert.equal(await at(), '23')
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.textContent('.file-status'), 'Line 24: changed, and nothing reached it.')
  await page.keyboard.press('Escape')
  assert.equal(await page.evaluate('document.activeElement.dataset.path'), 'services/api/src/pay.ts')
  assert.equal(await page.locator('dialog[open]').count(), 0)
})

test('a line that lost cover says so, and its link opens the file there', async () => {
  const { page } = await open(html)
  await page.click('#coverage .signs a.range')
  await page.waitForSelector('.row.at')
  assert.equal(await page.textContent('.file-status'), 'Line 5: nothing reached it. It was reached on the base.')
})

test('an address with a file and a line opens there', async () => {
  const { page } = await open(html)
  await page.goto(`${page.url()}#file=${encodeURIComponent('services/worker/worker/receipts.py')}&line=17`)
  await page.waitForSelector('.row.at')
  assert.equal(await page.textContent('.row.at .n'), '17')
})

test('files are filtered by path, by change and by missed lines, and sorted', async () => {
  const { page } = await open(html)
  const paths = () => page.locator('.files [data-path]').evaluateAll((all) => all.map((one) => one.getAttribute('data-path')))
  const whole = await paths()
  assert.equal(whole.length, sample.coverage?.files.length)
  await page.fill('#file-filter', 'SEARCH/')
  assert.deepEqual(
    await paths(),
    ['index', 'rank', 'words'].map((name) => `services/api/src/search/${name}.ts`),
  )
  await page.fill('#file-filter', '')
  await page.click('button:text-is("Changed")')
  assert.deepEqual(await paths(), ['services/api/src/pay.ts', 'services/api/src/price.ts', 'services/worker/worker/receipts.py'])
  await page.click('button:text-is("All")')
  await page.click('[data-sort="missed"] button')
  assert.equal((await paths())[0], 'services/api/src/routes.ts')
  await page.fill('#file-filter', 'nothing is called so')
  assert.equal(await page.textContent('#explorer [role="status"]'), 'No file is left.')
})

test('tests are filtered by name, and what holds a match is opened', async () => {
  const { page } = await open(html)
  await page.fill('#test-filter', 'by its brim')
  const shown = await page.locator('#tests [data-filter]:visible .id').allTextContents()
  assert.ok(shown.length > 0 && shown.every((name) => name.includes('by its brim')))
  assert.match((await page.textContent('#test-count')) ?? '', /^\d of \d+ shown$/)
  await page.fill('#test-filter', '')
  assert.ok(await page.locator('.failure').first().isVisible())
})

test('a flame graph zooms and moves by key, finds by name, and says what each frame took', async () => {
  const { page } = await open(html)
  const width = (name: string) =>
    page
      .locator('.frame', { hasText: name })
      .first()
      .evaluate((box) => box.getBoundingClientRect().width)
  const [whole, before] = [await width('(root)'), await width('search')]
  await page.focus('.frame[tabindex="0"]')
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
  assert.match(
    (await page.textContent('.flame-info')) ?? '',
    /^search · services\/api\/src\/search\/index\.ts:8 · self 2\.\d % · with all it calls \d\d\.\d %/,
  )
  await page.keyboard.press('Enter')
  assert.ok(before < whole * 0.6 && Math.abs((await width('search')) - whole) < 2)
  assert.equal(await page.locator('.frame', { hasText: 'flush' }).count(), 0)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Home')
  assert.equal(await page.evaluate('document.activeElement.frame.name'), '(root)')
  await page.click('button:text-is("Whole graph")')
  assert.ok(await page.locator('button:text-is("Whole graph")').isDisabled())
  assert.equal(await width('search'), before)
  await page.fill('.flame input', 'price.ts')
  assert.deepEqual(await page.locator('.frame.found').allTextContents(), ['priceOf'])
  assert.equal(await page.textContent('.flame-info'), '1 frame found')
})

for (const width of [320, 360, 1280]) {
  test(`at ${width} pixels nothing makes the page wider than the screen`, async () => {
    const { page } = await open(html, { viewport: { width, height: 740 } })
    assert.equal(await page.evaluate(overflow), 0)
    await page.evaluate(openAll)
    assert.equal(await page.evaluate(overflow), 0)
    await openPay(page)
    assert.equal(await page.evaluate(overflow), 0)
    assert.ok(await page.locator('dialog .close').isVisible())
  })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every text in the ${colorScheme} page stands out from its ground by 4.5 or more`, async () => {
    const { page } = await open(html, { colorScheme })
    await page.evaluate(openAll)
    await page.locator('.frame', { hasText: 'handle' }).first().click()
    await page.fill('.flame input', 'rank')
    const whole: { seen: number; faint: unknown[] } = await page.evaluate(FAINT_TEXTS)
    assert.ok(whole.seen > 300)
    assert.deepEqual(whole.faint, [])
    await openPay(page)
    const code: { seen: number; faint: unknown[] } = await page.evaluate(FAINT_TEXTS)
    assert.ok(code.seen > whole.seen + 100)
    assert.deepEqual(code.faint, [])
  })
}

test('every control is reached by Tab, is named, and shows where one is', async () => {
  const { page } = await open(html)
  const named: string[] = []
  for (let at = 0; at < 30; at++) {
    await page.keyboard.press('Tab')
    const here: { name: string; outline: string } = await page.evaluate(`(() => {
      const one = document.activeElement
      return { name: (one.getAttribute('aria-label') || one.textContent || one.labels?.[0]?.textContent || '').trim(), outline: getComputedStyle(one).outlineStyle }
    })()`)
    assert.notEqual(here.name, '')
    assert.equal(here.outline, 'solid', here.name)
    named.push(here.name)
  }
  assert.equal(named[0], 'To the report')
})

test('with scripts disabled the overview, failures, missed code, files, latency and hottest functions are there', async () => {
  const { page, troubles } = await open(html, { javaScriptEnabled: false })
  for (const text of [
    '2 of 84 tests failed',
    'expected 402 "Payment Required"',
    'return free(cart, key)',
    'The token may not write checks',
    'about the same',
  ]) {
    assert.ok(await page.getByText(text).first().isVisible(), text)
  }
  assert.ok(await page.locator('.no-script table').isVisible())
  await page.click('.hottest summary')
  assert.ok(await page.getByText('distance').first().isVisible())
  assert.equal(await page.locator('.only-script:visible').count(), 0)
  assert.deepEqual(troubles, [])
})

test('inside a sandboxed frame, as an artifact is shown, files open too', async () => {
  const escaped = html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const { page, troubles } = await open(
    `<!doctype html><iframe sandbox="allow-scripts allow-popups" width="1000" height="800" srcdoc="${escaped}"></iframe>`,
  )
  const frame = page.frameLocator('iframe')
  await frame.locator(PAY).click()
  await frame.locator('.row.at').waitFor()
  assert.equal(await frame.locator('.row.at .n').textContent(), '23')
  await page.keyboard.press('Escape')
  assert.deepEqual(
    troubles.filter((one) => one !== 'request: about:srcdoc'),
    [],
  )
})

test('where a browser cannot unpack, and where the code is not known, the lines are shown by number', async () => {
  const { page } = await open(html.replace(/(id="code-\d+">")[^"]*/g, '$1AAAA'))
  await openPay(page)
  assert.match((await page.textContent('.file-code')) ?? '', /cannot unpack/)
  assert.equal(await page.textContent('.row.at .n'), '23')
  await page.keyboard.press('Escape')
  await page.click('[data-path="services/api/src/bank.ts"]')
  await page.waitForSelector('.row')
  assert.match((await page.textContent('.file-code')) ?? '', /is not in this page/)
})

test('hostile names, paths, code and frames are text in what the script makes', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as a template would be spelt, which nothing may take for one
  const bad = '"><img src=x onerror="alert(1)"><script>alert(2)</script>\u202e${alert(3)}'
  const profile = sample.profiles[0]
  assert.ok(sample.coverage !== undefined && profile !== undefined)
  const measurement = {
    ...sample,
    coverage: {
      ...sample.coverage,
      sources: sample.coverage.sources.map((source) => ({ ...source, name: bad })),
      files: ['a.ts', bad, '__proto__/constructor', `${'x/'.repeat(60)}deep.ts`].map((path) => ({
        path,
        lines: { covered: 1, total: 2 },
        runs: [1, 1, 1, 2, 1, 0],
      })),
    },
    profiles: [{ ...profile, service: bad, root: { ...profile.root, name: bad, file: bad } }],
  }
  const { page, troubles } = await open(renderPage(measurement, { source: () => `${bad}\n${bad}` }))
  for (const path of await page.locator('.files [data-path]').all()) {
    await path.click()
    await page.waitForSelector('.row.at')
    await page.keyboard.press('Escape')
  }
  await page.locator('.frame').first().click()
  assert.equal(await page.locator('img, script[src], [onerror]').count(), 0)
  assert.equal(await page.locator('script:not([type])').count(), 1)
  assert.deepEqual(troubles, [])
})

test('of thousands of files only so many rows are made at once, and the rest is one click away', async () => {
  assert.ok(sample.coverage !== undefined)
  const files = Array.from({ length: 2000 }, (_, at) => ({
    path: `src/${at}.ts`,
    lines: { covered: at % 3, total: 3 },
    runs: [1, 3, 1],
  }))
  const { page } = await open(renderPage({ ...sample, coverage: { ...sample.coverage, files } }, { source: () => 'x\ny\nz\n' }))
  const rows = page.locator('.files tbody tr')
  await page.click('[data-sort="lines"] button')
  assert.equal(await rows.count(), 300)
  await page.click('button:text-is("Show more")')
  assert.equal(await rows.count(), 1300)
  await page.fill('#file-filter', 'src/1999.ts')
  assert.equal(await rows.count(), 1)
  assert.ok(await page.locator('button:text-is("Show more")').isHidden())
})
