import { words } from '../i18n.svelte'

export const wall = words({
  zh: {
    title: '值班大屏',
    p1: 'P1 未受理',
    open: '待处理告警',
    dark: '失联车辆',
    oldest: '最久未受理',
    quiet: '一切正常',
    act: '有 P1 告警等待受理',
    proof: (tick: string, vehicles: string, book: string) => `规则 ${tick} 运行 · ${vehicles} 辆车 · 贷款文件 ${book}`,
    stale: (age: string) => `数据已是 ${age}的，请检查网络或服务器`,
    full: '全屏',
  },
  en: {
    title: 'Wall board',
    p1: 'P1 unacknowledged',
    open: 'Open alerts',
    dark: 'Dark vehicles',
    oldest: 'Longest unacknowledged',
    quiet: 'All quiet',
    act: 'P1 alerts are waiting',
    proof: (tick: string, vehicles: string, book: string) => `rules ran ${tick} · ${vehicles} vehicles · loan file ${book}`,
    stale: (age: string) => `This is from ${age}: check the network or the server`,
    full: 'Full screen',
  },
})
