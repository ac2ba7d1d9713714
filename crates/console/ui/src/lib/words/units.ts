// Measures as they are written behind a number. Whoever shows one takes it from here, so that no screen has another.

import { counted, words } from '../i18n.svelte'

export const units = words({
  zh: {
    /** By the codes of the API. */
    of: { m: '米', min: '分钟', 'km/h': '公里/小时' },
    metres: (n: string) => `${n} 米`,
    kilometres: (n: string) => `${n} 公里`,
    square_metres: (n: string) => `${n} 平方米`,
    square_kilometres: (n: string) => `${n} 平方公里`,
    kmh: (n: string) => `${n} 公里/小时`,
    volts: (n: string) => `${n} V`,
    seconds: (n: number) => `${n} 秒`,
    minutes: (n: number) => `${n} 分钟`,
    hours: (n: number) => `${n} 小时`,
    days: (n: number) => `${n} 天`,
  },
  en: {
    of: { m: 'm', min: 'min', 'km/h': 'km/h' },
    metres: (n: string) => `${n} m`,
    kilometres: (n: string) => `${n} km`,
    square_metres: (n: string) => `${n} m²`,
    square_kilometres: (n: string) => `${n} km²`,
    kmh: (n: string) => `${n} km/h`,
    volts: (n: string) => `${n} V`,
    seconds: (n: number) => `${n} s`,
    minutes: (n: number) => `${n} min`,
    hours: (n: number) => `${n} h`,
    days: (n: number) => counted(n, 'day'),
  },
})
