import { counted, words } from '../i18n.svelte'

export const times = words({
  zh: {
    seconds: (n: number) => `${n} 秒`,
    minutes: (n: number) => `${n} 分`,
    hours: (n: number) => `${n} 时`,
    days: (n: number) => `${n} 天`,
    ago: (length: string) => `${length}前`,
    ahead: (length: string) => `${length}后`,
    just_now: '刚刚',
    never: '从未',
  },
  en: {
    seconds: (n: number) => `${n} s`,
    minutes: (n: number) => `${n} min`,
    hours: (n: number) => `${n} h`,
    days: (n: number) => counted(n, 'day'),
    ago: (length: string) => `${length} ago`,
    ahead: (length: string) => `in ${length}`,
    just_now: 'just now',
    never: 'never',
  },
})
