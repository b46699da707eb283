/** Package URLs (ECMA-427, github.com/package-url/purl-spec), in their canonical form. */

/** Of an npm package; a scope's `@` is written %40. Without a version where that is not known. */
export function npmPurl(name: string, version: string): string {
  const path = name.split('/').map(encode).join('/')
  return `pkg:npm/${path}${version === '' ? '' : `@${encode(version)}`}`
}

/**
 * Of an image: the last part of its repository names it, the digest is its version.
 * @param repository with its host.
 */
export function ociPurl(repository: string, digest: string): string {
  const name = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase()
  return `pkg:oci/${encode(name)}@${encode(digest)}?repository_url=${encode(repository)}`
}

/**
 * Letters, digits and `.-_~` stand for themselves, and the colon; everything else is encoded. Half of a surrogate pair, which a
 * hostile package.json can hold, becomes U+FFFD: encodeURIComponent throws at it.
 */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':')
}
