export const items = [{ name: 'rod' }, { name: 'reel' }, { name: 'fly' }]
