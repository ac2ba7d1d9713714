// Why a frame that was received is no row of the position log.

import { words } from '../i18n.svelte'

export const rejections = words({
  zh: {
    reason: {
    quarantine: '设备待认领', expired: '超过保存期', future: '时间在未来', checksum: '校验错误', not_understood: '未识别', no_clock: '没有设备时间',
    off_globe: '坐标不在地球上', raw: '未识别',
    },
  },
  en: {
    reason: {
    quarantine: 'terminal in quarantine', expired: 'older than the retention', future: 'from the future', checksum: 'wrong checksum', not_understood: 'not understood',
    no_clock: 'no device time', off_globe: 'off the globe', raw: 'not understood',
    },
  },
})
