import { words } from '../i18n.svelte'

export const times = words({
  zh: {
    ago: (length: string) => `${length}前`,
    ahead: (length: string) => `${length}后`,
    just_now: '刚刚',
    never: '从未',
  },
  en: {
    ago: (length: string) => `${length} ago`,
    ahead: (length: string) => `in ${length}`,
    just_now: 'just now',
    never: 'never',
  },
})
