import { html, page } from '../../shared/page.ts'

const LINKS = ['/api/time', '/api/time?zone=Asia/Tokyo']

export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname !== '/') return new Response('Not found\n', { status: 404 })
    const name = searchParams.get('name') ?? 'world'
    const links = LINKS.map((link) => html`<li><a href="${link}">${link}</a></li>`)
    return page('Hello', html`<h1>Hello, ${name}!</h1>`, '<ul>', ...links, '</ul>')
  },
}
