/**
 * For a page to evaluate: the texts that stand out too little from their ground (below 4.5, WCAG 2.2, 1.4.3), each with its
 * contrast. Grounds are put together through all elements behind, opacity included.
 */
export const FAINT_TEXTS = `(() => {
  const read = (colour) => {
    const canvas = read.canvas ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1]
  const light = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b)
  const groundOf = (element) => {
    if (!element) return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 20, 23, 1] : [255, 255, 255, 1]
    const { backgroundColor, opacity } = getComputedStyle(element)
    const behind = groundOf(element.parentElement)
    const [r, g, b, a] = read(backgroundColor)
    return over([r, g, b, a * Number(opacity)], behind)
  }
  const opacityOf = (element) => (element ? Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement) : 1)
  const faint = new Map()
  let seen = 0
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.textContent.trim() === '' || !element.checkVisibility() || element.closest('script, style, :disabled')) continue
    seen++
    const ground = groundOf(element)
    const [r, g, b, a] = read(getComputedStyle(element).color)
    const text = over([r, g, b, a * opacityOf(element)], ground)
    const [high, low] = [luminance(text), luminance(ground)].sort((x, y) => y - x)
    const contrast = (high + 0.05) / (low + 0.05)
    if (contrast < 4.5) faint.set(element.className + ' in ' + element.parentElement.className, contrast.toFixed(2) + ' ' + node.textContent.slice(0, 40))
  }
  return { seen, faint: [...faint] }
})()`
