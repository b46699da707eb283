export default {
  fetch(request: Request): Response {
    const zone = new URL(request.url).searchParams.get('zone') ?? 'UTC'
    const now = new Date()
    try {
      const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone: zone }).format(now)
      return Response.json({ zone, local, iso: now.toISOString() })
    } catch {
      return Response.json({ error: `There is no time zone "${zone}".` }, { status: 400 })
    }
  },
}
