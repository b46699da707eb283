import type { Entry } from '@mayfly/ledger'

/** The entry that a deployment means by a name such as `shop/web@1.4.2` or `web@1.4.2`. */
export function entryOf(entries: readonly Entry[], { name, service }: { name: string; service: string }): Entry | undefined {
  const found = splitName(name)
  const same = entries.filter(({ version }) => version === found?.version)
  const called = (entry: Entry) => entry.name === found?.name || found?.name.endsWith(`/${entry.name}`) === true
  return same.find((entry) => entry.name === service && called(entry)) ?? same.find(called)
}

/** `shop/web@1.4.2` in two; undefined for what is no name and version, such as a ready image's reference. */
export function splitName(text: string): { name: string; version: string } | undefined {
  const at = text.lastIndexOf('@')
  return at <= 0 || /^sha256:/.test(text.slice(at + 1)) ? undefined : { name: text.slice(0, at), version: text.slice(at + 1) }
}
