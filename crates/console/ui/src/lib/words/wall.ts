import { words } from '../i18n.svelte'

export const wall = words({
  zh: {
    title: '值班大屏',
    p1: 'P1 未受理',
    open: '待处理告警',
    online: '在线终端',
    oldest: '最久未受理',
    quiet: '一切正常',
    none_urgent: '没有 P1 等待受理',
    none_online: '没有终端在线：没有告警不代表没有事情',
    act: '有 P1 告警等待受理',
    not_ready: '系统异常：告警可能延迟，请联系运维',
    as_of: (time: string) => `数据截至 ${time}`,
    stale: (age: string) => `数据已是 ${age}的，请检查网络或服务器`,
    full: '全屏',
  },
  en: {
    title: 'Wall board',
    p1: 'P1 unacknowledged',
    open: 'Open alerts',
    online: 'Terminals online',
    oldest: 'Longest unacknowledged',
    quiet: 'All quiet',
    none_urgent: 'No P1 is waiting',
    none_online: 'No terminal is connected: no alert does not mean that nothing happens',
    act: 'P1 alerts are waiting',
    not_ready: 'Out of order: alerts may be late, call operations',
    as_of: (time: string) => `as of ${time}`,
    stale: (age: string) => `This is from ${age}: check the network or the server`,
    full: 'Full screen',
  },
})
