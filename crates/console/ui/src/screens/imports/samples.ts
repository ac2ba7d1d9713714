// A file of each kind to begin with: the columns that are needed, and two rows.
// Shape: kind → CSV text with a byte order mark, so that Excel reads it as UTF-8. Source: README "Loan book columns" and following.

import type { Kind } from './import'

const SAMPLES: Record<Kind, string[]> = {
  loans: [
    '合同号,车牌号,车架号,最早未还日,逾期金额,剩余本金,数据日期,资方',
    'HT-2026-0001,粤B12345,LSVAA4182E2100001,2026-11-08,3260.00,86200.00,2026-11-26 06:00,main',
    'HT-2026-0002,粤B23456,LSVAA4182E2100002,,0,41500.00,2026-11-26 06:00,main',
  ],
  bindings: ['设备号,车牌号,角色,安装时间', '868120240000015,粤B12345,主,2026-11-01', '013912345678,粤B12345,从,2026-11-01'],
  events: ['合同号,发生时间,事件,金额,详情', 'HT-2026-0001,2026-11-26 10:12,还款,3260.00,', 'HT-2026-0002,2026-11-26 11:00,联系,,phone no_answer'],
}

export function sample(kind: Kind): Blob {
  return new Blob([`\uFEFF${SAMPLES[kind].join('\r\n')}\r\n`], { type: 'text/csv' })
}

/** Hands a file to the browser. */
export function handOver(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  URL.revokeObjectURL(url)
}
