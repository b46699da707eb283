const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A template whose values are escaped. */
export function html(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((text, part, index) => text + encode(values[index - 1] ?? '') + part)
}

export function page(title: string, ...body: string[]): Response {
  const text = [`<!doctype html><html lang="en"><title>${encode(title)}</title>`, ...body, '</html>'].join('\n')
  return new Response(text, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

function encode(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
