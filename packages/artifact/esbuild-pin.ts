/**
 * The esbuild that bundles functions, and what its packages must hash to (npm's integrity values; a test holds them to
 * package-lock.json). It runs as a program: the library part of esbuild cannot itself be bundled into an action.
 */
export const ESBUILD = {
  version: '0.28.2',
  integrity: {
    'linux-x64': 'sha512-4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==',
    'linux-arm64': 'sha512-pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==',
  },
} as const
